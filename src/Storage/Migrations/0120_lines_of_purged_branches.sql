-- What a timeline saw at one of its versions, as in 0066, and what it had merged by then too: since 0067 that is kept.
SET LOCAL ROLE dendrite_owner;

-- A purged timeline has no vector any more; what it was forked from is told by the timeline itself, and that may have
-- been purged in turn.
CREATE OR REPLACE FUNCTION branching.line_as_of(p_timeline_id bigint, p_version bigint)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    line branching.timeline;
    all_owners bigint[] := '{}';
    all_through bigint[] := '{}';
BEGIN
    LOOP
        SELECT * INTO line FROM branching.timeline t
        WHERE t.project_id = branching.current_project() AND t.timeline_id = p_timeline_id;
        EXIT WHEN NOT FOUND;
        IF line.purge_time IS NULL THEN
            SELECT all_owners || array_agg(v.owner_timeline_id), all_through || array_agg(v.through_version)
            INTO all_owners, all_through
            FROM branching.vector_as_of(p_timeline_id, p_version) v;
            EXIT;
        END IF;
        SELECT all_owners || p_timeline_id || array_agg(merged.owner),
            all_through || p_version || array_agg(merged.through)
        INTO all_owners, all_through
        FROM branching.merged_vector m CROSS JOIN LATERAL unnest(m.owners, m.through) AS merged (owner, through)
        WHERE m.project_id = branching.current_project() AND m.timeline_id = p_timeline_id AND m.version <= p_version;
        p_timeline_id := line.parent_timeline_id;
        p_version := line.start_version;
    END LOOP;
    RETURN QUERY
        SELECT seen.owner, max(seen.through)
        FROM unnest(all_owners, all_through) AS seen (owner, through)
        GROUP BY seen.owner;
END
$$;
