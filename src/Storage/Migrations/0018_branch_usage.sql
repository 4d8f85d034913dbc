-- What a branch costs. Counted from the log of appends, the log of commits and the sizes of records; no payload is
-- read.
SET LOCAL ROLE dendrite_owner;

-- What the lines of a branch see, one row for each timeline: up to where (top_version), up to where other branches see
-- it too (others_version), and up to where others or tags do (kept_version). A reset's old lines are the branch's as
-- well: they go with it. An absorbed timeline is seen whole or not at all.
CREATE FUNCTION branching.sight_of_branch(p_branch_id bigint)
RETURNS TABLE (timeline_id bigint, top_version bigint, others_version bigint, kept_version bigint)
LANGUAGE sql STABLE
AS $$
    WITH sight AS (
        SELECT v.owner_timeline_id AS timeline_id, max(v.through_version) AS top_version
        FROM branching.timeline line CROSS JOIN LATERAL branching.vector_at_head(line.timeline_id) v
        WHERE line.project_id = (SELECT branching.current_project()) AND line.branch_id = p_branch_id
        GROUP BY v.owner_timeline_id
    ), shared AS (
        SELECT sight.timeline_id, sight.top_version,
            -- Where another branch owns the timeline, it sees all of it; nobody need be asked.
            CASE WHEN owner.branch_id <> p_branch_id AND owner.purge_time IS NULL THEN owner.head_version
            ELSE coalesce((
                SELECT max(e.through_version) FROM branching.vector_entry e
                JOIN branching.timeline holder
                    ON holder.project_id = e.project_id AND holder.timeline_id = e.timeline_id
                WHERE e.project_id = (SELECT branching.current_project())
                    AND e.owner_timeline_id = sight.timeline_id
                    AND holder.branch_id <> p_branch_id), 0)
            END AS others_version,
            coalesce((
                SELECT max(e.through_version) FROM branching.tag_entry e
                WHERE e.project_id = (SELECT branching.current_project())
                    AND e.owner_timeline_id = sight.timeline_id), 0) AS tags_version
        FROM sight
        JOIN branching.timeline owner ON owner.project_id = (SELECT branching.current_project())
            AND owner.timeline_id = sight.timeline_id
    )
    SELECT shared.timeline_id, shared.top_version, least(shared.others_version, shared.top_version),
        least(greatest(shared.others_version, shared.tags_version), shared.top_version)
    FROM shared
    UNION ALL
    SELECT absorbed.timeline_id, absorbed.head_version,
        CASE WHEN shared.others_version >= absorbed.absorbed_at_version THEN absorbed.head_version ELSE 0 END,
        CASE WHEN greatest(shared.others_version, shared.tags_version) >= absorbed.absorbed_at_version
            THEN absorbed.head_version ELSE 0 END
    FROM shared
    JOIN branching.timeline absorbed ON absorbed.project_id = (SELECT branching.current_project())
        AND absorbed.absorbed_into_timeline_id = shared.timeline_id
        AND absorbed.absorbed_at_version <= shared.top_version
$$;

-- Bytes of sample blocks that a timeline wrote up to a version: one probe of the log for each of its streams. As the
-- owner, since writers are the Ingest service's own.
CREATE FUNCTION signals.stored_bytes(p_timeline_id bigint, p_version bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(newest.stored_bytes), 0)
        FROM signals.writer AS writer
        CROSS JOIN LATERAL (
            SELECT a.stored_bytes FROM signals.append a
            WHERE a.project_id = writer.project_id AND a.timeline_id = writer.timeline_id
                AND a.stream_id = writer.stream_id AND a.version <= p_version
            ORDER BY a.version DESC
            LIMIT 1
        ) AS newest
        WHERE writer.project_id = (SELECT branching.current_project()) AND writer.timeline_id = p_timeline_id);
END
$$;

-- Records that a snapshot sees, of the datasets that it sees.
CREATE FUNCTION records.count_visible(owners bigint[], through bigint[]) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        WITH seen AS MATERIALIZED (
            SELECT * FROM branching.seen(owners, through)
        ), dataset AS (
            SELECT DISTINCT ON (d.dataset_id) d.dataset_id, d.deleted
            FROM seen JOIN records.dataset d ON d.project_id = (SELECT branching.current_project())
                AND d.timeline_id = seen.timeline_id AND d.version <= seen.through_version
            ORDER BY d.dataset_id, d.version DESC
        ), shadowing AS MATERIALIZED (
            SELECT newer.dataset_id, newer.key, newer.version
            FROM dataset CROSS JOIN seen
            JOIN records.row newer ON newer.project_id = (SELECT branching.current_project())
                AND newer.dataset_id = dataset.dataset_id AND newer.timeline_id = seen.timeline_id AND newer.shadows
                AND newer.version <= seen.through_version
        )
        SELECT count(*)
        FROM seen
        JOIN records.row stored ON stored.timeline_id = seen.timeline_id
            AND stored.version <= seen.through_version
            AND (stored.superseded_version IS NULL OR stored.superseded_version > seen.through_version)
            AND stored.project_id = (SELECT branching.current_project())
        JOIN dataset ON dataset.dataset_id = stored.dataset_id AND NOT dataset.deleted
        WHERE stored.document IS NOT NULL AND NOT EXISTS (
            SELECT FROM shadowing
            WHERE shadowing.dataset_id = stored.dataset_id AND shadowing.key = stored.key
                AND shadowing.version > stored.version));
END
$$;

-- Null where no branch has that name. A deleted branch counts until it is purged.
CREATE FUNCTION branching.usage_of_branch(p_name text)
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
        AND c.version <= seen.through_version;
    visible_records := records.count_visible(owners, through);
    own_bytes := coalesce(own_bytes, 0);
    shared_bytes := coalesce(shared_bytes, 0);
    freeable_bytes := coalesce(freeable_bytes, 0);
    RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION branching.usage_of_branch(text), branching.sight_of_branch(bigint),
    signals.stored_bytes(bigint, bigint), records.count_visible(bigint[], bigint[]) TO dendrite_branch_service;
