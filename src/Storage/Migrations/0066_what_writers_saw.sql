-- What a timeline saw at one of its versions, also after its branch was purged: what a change is told against is what
-- its writer saw, and not whatever another branch wrote a moment before.
SET LOCAL ROLE dendrite_owner;

-- A purged timeline has no vector any more; what it was forked from is told by the timeline itself, and that may have
-- been purged in turn. What it merged in before is not known then.
CREATE FUNCTION branching.line_as_of(p_timeline_id bigint, p_version bigint)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    line branching.timeline;
BEGIN
    LOOP
        SELECT * INTO line FROM branching.timeline t
        WHERE t.project_id = branching.current_project() AND t.timeline_id = p_timeline_id;
        EXIT WHEN NOT FOUND;
        IF line.purge_time IS NULL THEN
            RETURN QUERY SELECT * FROM branching.vector_as_of(p_timeline_id, p_version);
            EXIT;
        END IF;
        RETURN QUERY SELECT p_timeline_id, p_version;
        p_timeline_id := line.parent_timeline_id;
        p_version := line.start_version;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION branching.line_as_of(bigint, bigint) TO dendrite_service;
