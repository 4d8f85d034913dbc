-- A gap that both sides of a merge declared is missing once, as it is told once.
SET LOCAL ROLE dendrite_owner;

-- How many samples a snapshot sees declared missing in a stream, those of each channel group by themselves. Each
-- timeline counts what was appended on it; only where several declared any may they have declared the same.
CREATE FUNCTION signals.missing_samples(
    p_project_id bigint, p_stream_id bigint, p_owners bigint[], p_through bigint[]
) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(upper(run) - lower(run)), 0)::bigint
    FROM (
        SELECT range_agg(int8range(g.first_sample, g.first_sample + g.sample_count)) AS runs
        FROM signals.seen(p_stream_id, p_owners, p_through) AS seen (timeline_id, through)
        JOIN signals.gap g ON g.project_id = p_project_id AND g.timeline_id = seen.timeline_id
            AND g.stream_id = p_stream_id AND g.version <= seen.through
        GROUP BY g.channel_group
    ) AS missing, unnest(missing.runs) AS run
$$;

GRANT EXECUTE ON FUNCTION signals.missing_samples(bigint, bigint, bigint[], bigint[]) TO dendrite_service;

-- As in 0074, but for the missing samples.
CREATE OR REPLACE FUNCTION brain_signals.list_streams()
RETURNS TABLE (
    name text, uid uuid, display_name text, finished boolean, sample_rate_hz numeric, start_time timestamptz,
    start_time_ns bigint, end_sample bigint, missing_samples bigint, channel_count integer, stored_bytes bigint,
    device jsonb, labels jsonb, metadata jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
BEGIN
    RETURN QUERY
    SELECT s.name, s.uid, s.display_name, s.finished, s.rate_samples::numeric / s.rate_seconds,
        brain_signals.instant(s.start_time_ns), s.start_time_ns, coalesce(max(a.next_sample), 0),
        CASE WHEN count(*) FILTER (WHERE a.missing_samples > 0) > 1
            THEN signals.missing_samples(seen.project_id, s.stream_id, seen.owners, seen.through)
            ELSE coalesce(sum(a.missing_samples), 0)::bigint END,
        jsonb_array_length(s.channels), coalesce(sum(a.stored_bytes), 0)::bigint, s.device, s.labels, s.metadata
    FROM brain_signals.streams_in(seen) s
    LEFT JOIN LATERAL signals.seen(s.stream_id, seen.owners, seen.through) AS line (timeline_id, through) ON true
    LEFT JOIN LATERAL (
        SELECT * FROM signals.append a
        WHERE a.project_id = seen.project_id AND a.timeline_id = line.timeline_id
            AND a.stream_id = s.stream_id AND a.version <= line.through
        ORDER BY a.version DESC
        LIMIT 1
    ) AS a ON true
    GROUP BY s.stream_id, s.name, s.uid, s.display_name, s.finished, s.rate_samples, s.rate_seconds, s.start_time_ns,
        s.channels, s.device, s.labels, s.metadata;
END
$$;
