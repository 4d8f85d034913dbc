-- A merge or revert leaves a row for whoever is just opening a stream to meet, also where nobody ever had it open and
-- it holds no samples: or a stream that the merge finishes or deletes would be written to.
SET LOCAL ROLE dendrite_owner;

-- As in 0069, but where there is no writer, a row is made as move_writers makes it, at the beginning of every group.
-- Which channels are in which group is the same in every version of a descriptor.
CREATE OR REPLACE FUNCTION signals.fence_writers(p_timeline_id bigint, p_stream_ids bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO signals.writer AS held (project_id, timeline_id, stream_id, epoch, group_ends, open_until)
    SELECT (SELECT branching.current_project()), p_timeline_id, moved.stream_id, 1, beginning.group_ends, now()
    FROM unnest(p_stream_ids) AS moved (stream_id)
    CROSS JOIN LATERAL (
        SELECT array_agg(0::bigint) AS group_ends
        FROM (
            SELECT DISTINCT channel.value -> 'channelGroup'
            FROM (
                SELECT s.channels FROM signals.stream s
                WHERE s.project_id = (SELECT branching.current_project()) AND s.stream_id = moved.stream_id
                LIMIT 1
            ) AS known
            CROSS JOIN LATERAL jsonb_array_elements(known.channels) AS channel
        ) AS channel_group
    ) AS beginning
    WHERE beginning.group_ends IS NOT NULL
    ON CONFLICT (project_id, timeline_id, stream_id) DO UPDATE
    SET epoch = held.epoch + 1, open_until = now(), writer = ''
$$;
