-- What was restored knows what it was forked from: a purged timeline has no vector, and what it saw is told by that. A
-- revert in a restored branch took what was there before for nothing, and a history began at its forks.
SET LOCAL ROLE dendrite_owner;

-- Makes what was restored visible, all at once: vectors, then branches and tags. False: it was done before.
CREATE OR REPLACE FUNCTION scheduling.finish_restore(
    p_restore_id text, p_absorbed jsonb, p_branches jsonb, p_tags jsonb
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    main branching.branch;
    part record;
BEGIN
    UPDATE scheduling.restore r SET state = 'done'
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id AND r.state = 'running';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Nobody judges meanwhile what is seen.
    PERFORM pg_advisory_xact_lock_shared(branching.vectors_lock());
    FOR part IN
        SELECT * FROM jsonb_to_recordset(p_absorbed) AS a (
            timeline_id bigint, target_timeline_id bigint, version bigint)
    LOOP
        PERFORM branching.mark_absorbed(part.timeline_id, part.target_timeline_id, part.version);
    END LOOP;
    -- As those of purged branches: they go when nobody sees them any more. Those of the branches live again below.
    -- A backup says at which commit a timeline was forked, and not of whom: of the one that made the commit.
    UPDATE branching.timeline t SET seal = 'deleted', purge_time = statement_timestamp(),
        parent_timeline_id = (
            SELECT c.timeline_id FROM branching.commit c
            WHERE c.project_id = p_project_id AND c.version = t.start_version)
    FROM scheduling.restore_timeline r
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id
        AND t.project_id = p_project_id AND t.timeline_id = r.timeline_id;
    FOR part IN SELECT value AS branch FROM jsonb_array_elements(p_branches) LOOP
        PERFORM scheduling.restore_branch(part.branch);
    END LOOP;
    FOR part IN SELECT value AS tag FROM jsonb_array_elements(p_tags) LOOP
        PERFORM scheduling.restore_tag(part.tag);
    END LOOP;
    DELETE FROM scheduling.restore_timeline r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_version r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_number r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_chunk r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    RETURN true;
END
$$;

-- Those that were restored before. Whoever forks says of whom, so these are all that say none.
ALTER TABLE branching.timeline NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.commit NO FORCE ROW LEVEL SECURITY;
UPDATE branching.timeline t SET parent_timeline_id = c.timeline_id
FROM branching.commit c
WHERE t.parent_timeline_id IS NULL AND t.start_version > 0 AND t.timeline_id <> c.timeline_id
    AND c.project_id = t.project_id AND c.version = t.start_version;
ALTER TABLE branching.commit FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.timeline FORCE ROW LEVEL SECURITY;
