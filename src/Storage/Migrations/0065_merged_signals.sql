-- A merge that brings samples moves the target's writers.
SET LOCAL ROLE dendrite_owner;

-- Whoever has a stream open stands where the stream was before the merge, and would write over what it brought. So the
-- merge takes the stream from its writer (one more epoch) and puts the next one behind it. Where there is no writer,
-- one that is just opening the stream may have read the branch before the merge: a row is made for it to meet.
-- The caller holds the timeline, as the commit door does.
CREATE FUNCTION signals.move_writers(
    p_timeline_id bigint, p_stream_ids bigint[], owners bigint[], through bigint[]
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO signals.writer AS held (project_id, timeline_id, stream_id, epoch, group_ends, open_until)
    SELECT (SELECT branching.current_project()), p_timeline_id, moved.stream_id, 1, visible.group_ends, now()
    FROM unnest(p_stream_ids) AS moved (stream_id)
    CROSS JOIN LATERAL (
        SELECT array_agg(reached.group_end ORDER BY reached.place) AS group_ends
        FROM (
            SELECT ends.place, max(ends.group_end) AS group_end
            FROM signals.seen(moved.stream_id, owners, through) AS seen (timeline_id, through_version)
            CROSS JOIN LATERAL (
                SELECT a.group_ends FROM signals.append a
                WHERE a.project_id = (SELECT branching.current_project()) AND a.timeline_id = seen.timeline_id
                    AND a.stream_id = moved.stream_id AND a.version <= seen.through_version
                ORDER BY a.version DESC
                LIMIT 1
            ) AS newest
            CROSS JOIN LATERAL unnest(newest.group_ends) WITH ORDINALITY AS ends (group_end, place)
            GROUP BY ends.place
        ) AS reached
    ) AS visible
    WHERE visible.group_ends IS NOT NULL
    ON CONFLICT (project_id, timeline_id, stream_id) DO UPDATE
    SET epoch = held.epoch + 1, open_until = now(), writer = '',
        group_ends = ARRAY (
            SELECT greatest(own, visible) FROM unnest(held.group_ends, excluded.group_ends)
                WITH ORDINALITY AS group_end (own, visible, place)
            ORDER BY place)
$$;

REVOKE EXECUTE ON FUNCTION signals.move_writers(bigint, bigint[], bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals.move_writers(bigint, bigint[], bigint[], bigint[]) TO dendrite_branch_service;
