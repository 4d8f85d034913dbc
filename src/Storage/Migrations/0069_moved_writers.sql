-- A merge or revert also moves the writer of a stream that holds no samples yet: whoever has it open may be about to
-- write the first ones to a stream that was finished, or is gone.
SET LOCAL ROLE dendrite_owner;

CREATE FUNCTION signals.fence_writers(p_timeline_id bigint, p_stream_ids bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE signals.writer w
    SET epoch = w.epoch + 1, open_until = now(), writer = ''
    WHERE w.project_id = (SELECT branching.current_project()) AND w.timeline_id = p_timeline_id
        AND w.stream_id = ANY (p_stream_ids)
$$;

REVOKE EXECUTE ON FUNCTION signals.fence_writers(bigint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals.fence_writers(bigint, bigint[]) TO dendrite_branch_service;
