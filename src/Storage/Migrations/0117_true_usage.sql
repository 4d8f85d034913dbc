-- What a branch costs goes by what its blocks take once they are gathered, and what was merged counts once.
SET LOCAL ROLE dendrite_owner;

-- By how much less the blocks of an append take since they were gathered than when they came; below zero where one of
-- them carries the samples of later appends. Null: nothing was gathered. Says nothing of what was appended: in no
-- digest and in no backup.
ALTER TABLE signals.append ADD COLUMN saved_bytes bigint;

-- The same for blocks that were gathered before, or restored: from what was appended and what is stored.
CREATE FUNCTION signals.count_saved(p_timeline_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE signals.append a SET saved_bytes = came.bytes - held.bytes
    FROM (
        SELECT l.stream_id, l.version,
            l.stored_bytes - lag(l.stored_bytes, 1, 0::bigint) OVER (PARTITION BY l.stream_id ORDER BY l.version)
                AS bytes
        FROM signals.append l
        WHERE l.project_id = (SELECT branching.current_project()) AND l.timeline_id = p_timeline_id
    ) AS came
    JOIN (
        SELECT b.stream_id, b.version, sum(octet_length(b.payload)) AS bytes
        FROM signals.block b
        WHERE b.project_id = (SELECT branching.current_project()) AND b.timeline_id = p_timeline_id
        GROUP BY b.stream_id, b.version
        HAVING bool_or(b.carrier_sample IS NOT NULL)
    ) AS held USING (stream_id, version)
    WHERE a.project_id = (SELECT branching.current_project()) AND a.timeline_id = p_timeline_id
        AND a.stream_id = came.stream_id AND a.version = came.version
$$;

DO $$
DECLARE
    project bigint;
BEGIN
    FOR project IN SELECT p.project_id FROM branching.project p LOOP
        PERFORM set_config('dendrite.project_id', project::text, true);
        PERFORM signals.count_saved(t.timeline_id) FROM branching.timeline t WHERE t.project_id = project;
    END LOOP;
    PERFORM set_config('dendrite.project_id', '', true);
END
$$;

-- As in 0025, and the appends say what it saves.
CREATE OR REPLACE FUNCTION signals.gather(
    p_timeline_id bigint, p_stream_id bigint, p_channel_group integer, p_first_samples bigint[], p_digests bytea[],
    p_checksum integer, p_payload bytea
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    carrier bigint := p_first_samples[1];
    are_as_read boolean;
    versions bigint[];
    sizes integer[];
BEGIN
    WITH part AS (
        SELECT b.first_sample, b.sample_count, b.version, b.sample_digest, b.carrier_sample,
            octet_length(b.payload) AS bytes
        FROM signals.block b
        WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
            AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples)
        FOR NO KEY UPDATE SKIP LOCKED
    ), placed AS (
        SELECT part.*, lag(part.first_sample + part.sample_count) OVER by_sample AS end_before,
            lag(part.version) OVER by_sample AS version_before
        FROM part WINDOW by_sample AS (ORDER BY part.first_sample)
    )
    SELECT array_agg(placed.first_sample ORDER BY placed.first_sample) = p_first_samples
        AND array_agg(placed.sample_digest ORDER BY placed.first_sample) = p_digests
        AND bool_and(placed.carrier_sample IS NULL)
        AND (p_payload IS NULL OR bool_and(coalesce(
            placed.end_before = placed.first_sample AND placed.version_before <= placed.version,
            placed.first_sample = carrier))),
        array_agg(placed.version ORDER BY placed.first_sample), array_agg(placed.bytes ORDER BY placed.first_sample)
    INTO are_as_read, versions, sizes FROM placed;
    IF are_as_read IS NOT TRUE THEN
        RETURN false;
    END IF;
    IF p_payload IS NULL THEN
        UPDATE signals.block b SET carrier_sample = b.first_sample
        WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
            AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples);
        RETURN true;
    END IF;
    UPDATE signals.block b
    SET carrier_sample = carrier,
        checksum = CASE WHEN b.first_sample = carrier THEN p_checksum ELSE 0 END,
        payload = CASE WHEN b.first_sample = carrier THEN p_payload ELSE '' END
    WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
        AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples);
    -- In one order, since groups of one stream may be gathered at once.
    PERFORM FROM signals.append a
    WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id AND a.stream_id = p_stream_id
        AND a.version = ANY (versions)
    ORDER BY a.version FOR NO KEY UPDATE;
    UPDATE signals.append a SET saved_bytes = coalesce(a.saved_bytes, 0) + saved.bytes
    FROM (
        SELECT part.version, sum(part.bytes)
            - CASE WHEN part.version = versions[1] THEN octet_length(p_payload) ELSE 0 END AS bytes
        FROM unnest(versions, sizes) AS part (version, bytes)
        GROUP BY part.version
    ) AS saved
    WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id AND a.stream_id = p_stream_id
        AND a.version = saved.version;
    RETURN true;
END
$$;

-- Bytes of sample blocks that a timeline holds up to a version: what its streams had been given by then, which only
-- grows, less what gathering saved. From the log alone, since a restored timeline has no writers.
CREATE OR REPLACE FUNCTION signals.stored_bytes(p_timeline_id bigint, p_version bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(stream.came - stream.saved), 0)
        FROM (
            SELECT max(a.stored_bytes) AS came, coalesce(sum(a.saved_bytes), 0) AS saved
            FROM signals.append a
            WHERE a.project_id = (SELECT branching.current_project()) AND a.timeline_id = p_timeline_id
                AND a.version <= p_version
            GROUP BY a.stream_id
        ) AS stream);
END
$$;

REVOKE EXECUTE ON FUNCTION signals.count_saved(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals.count_saved(bigint) TO dendrite_scheduler_service;

-- Null where no branch has that name. A deleted branch counts until it is purged. Samples are those of appends: a merge
-- says in its commit how many came with it, which are seen where they were appended.
CREATE OR REPLACE FUNCTION branching.usage_of_branch(p_name text)
RETURNS TABLE (
    own_bytes bigint, shared_bytes bigint, freeable_bytes bigint, visible_samples bigint, visible_records bigint
)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    target branching.branch;
    owners bigint[];
    through bigint[];
BEGIN
    SELECT * INTO target FROM branching.branch b WHERE b.project_id = p_project_id AND b.name = p_name;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT sum(s.top_bytes - s.others_bytes + r.top_bytes - r.others_bytes),
        sum(s.others_bytes + r.others_bytes), sum(s.top_bytes - s.kept_bytes + r.top_bytes - r.kept_bytes)
    INTO own_bytes, shared_bytes, freeable_bytes
    FROM branching.sight_of_branch(target.branch_id) AS sight
    CROSS JOIN LATERAL (
        SELECT signals.stored_bytes(sight.timeline_id, sight.top_version) AS top_bytes,
            signals.stored_bytes(sight.timeline_id, sight.others_version) AS others_bytes,
            signals.stored_bytes(sight.timeline_id, sight.kept_version) AS kept_bytes
    ) AS s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(size.bytes), 0) AS top_bytes,
            coalesce(sum(size.bytes) FILTER (WHERE size.version <= sight.others_version), 0) AS others_bytes,
            coalesce(sum(size.bytes) FILTER (WHERE size.version <= sight.kept_version), 0) AS kept_bytes
        FROM (
            SELECT stored.version,
                octet_length(stored.key) + coalesce(pg_column_size(stored.document), 0) AS bytes
            FROM records.row stored
            WHERE stored.project_id = p_project_id AND stored.timeline_id = sight.timeline_id
                AND stored.version <= sight.top_version
        ) AS size
    ) AS r;
    SELECT coalesce(array_agg(v.owner_timeline_id), '{}'), coalesce(array_agg(v.through_version), '{}')
    INTO owners, through FROM branching.vector_at_head(target.timeline_id) v;
    SELECT coalesce(sum((c.statistics ->> 'samples')::bigint), 0) INTO visible_samples
    FROM branching.seen(owners, through) AS seen
    JOIN branching.commit c ON c.project_id = p_project_id AND c.timeline_id = seen.timeline_id
        AND c.version <= seen.through_version AND c.kind = 'append';
    visible_records := records.count_visible(owners, through);
    own_bytes := coalesce(own_bytes, 0);
    shared_bytes := coalesce(shared_bytes, 0);
    freeable_bytes := coalesce(freeable_bytes, 0);
    RETURN NEXT;
END
$$;
