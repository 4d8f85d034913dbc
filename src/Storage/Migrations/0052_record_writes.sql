-- The rows of a commit, written by a function: its statements are planned once for a connection and the marks of
-- superseded rows cost nothing where there are none.
SET LOCAL ROLE dendrite_owner;

-- Writes rows behind the commit door, marks those of the same timeline that they supersede, and says of each whether it
-- wins over a row of another timeline.
--
-- COPY is refused under row-level security; arrays that a statement unnests come next. Whatever the planner believes of
-- the table (nothing, while its first rows are loaded), each key costs one probe of the primary key: the sub-select is
-- an aggregate, which is computed for each change by itself, and the mark is an upsert, which finds its row by the
-- primary key or not at all. A join would be turned around into a pass over all rows. The upsert never inserts: its row
-- is there, and the timeline's lock keeps it.
--
-- What the timeline sees comes as a vector. An older row than p_absorbed_before may be seen without being named there,
-- where its timeline was absorbed; it is taken for seen, since a needless flag is safe and to look is not cheap.
CREATE FUNCTION records.write_rows(
    p_timeline_id bigint, p_datasets bigint[], p_keys bytea[], p_documents jsonb[], p_digests bytea[],
    p_owners bigint[], p_through bigint[], p_absorbed_before bigint
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    p_version bigint := branching.committed_version();
    own_versions bigint[];
    shadowing boolean[];
    rewrites boolean := false;
    row_count int := cardinality(p_keys);
    are_new boolean := false;
BEGIN
    -- Most loads bring keys that nobody had: one look at the range instead of one for each key.
    IF row_count >= 100 AND p_datasets[1] = p_datasets[row_count] THEN
        are_new := NOT EXISTS (
            SELECT FROM records.row AS earlier
            WHERE earlier.dataset_id = p_datasets[1] AND earlier.key BETWEEN p_keys[1] AND p_keys[row_count]);
    END IF;

    IF NOT are_new THEN
        -- The arrays are in the order of the keys: of a function's rows and one sub-select for each, nothing is sorted.
        SELECT array_agg(before.own_version), array_agg(before.hides), bool_or(before.own_version IS NOT NULL)
        INTO own_versions, shadowing, rewrites
        FROM unnest(p_datasets, p_keys) AS change (dataset_id, key)
        CROSS JOIN LATERAL (
            SELECT max(earlier.version) FILTER (
                    WHERE earlier.timeline_id = p_timeline_id AND earlier.superseded_version IS NULL) AS own_version,
                coalesce(bool_or(earlier.timeline_id <> p_timeline_id AND (
                    earlier.version <= p_through[array_position(p_owners, earlier.timeline_id)]
                    OR earlier.version < p_absorbed_before)), false) AS hides
            FROM records.row AS earlier
            WHERE earlier.dataset_id = change.dataset_id AND earlier.key = change.key
        ) AS before;
    END IF;

    IF rewrites THEN
        INSERT INTO records.row AS own (
            project_id, dataset_id, key, version, timeline_id, superseded_version, shadows, digest)
        SELECT p_project_id, change.dataset_id, change.key, change.own_version, p_timeline_id, p_version, true,
            change.digest
        FROM unnest(p_datasets, p_keys, own_versions, p_digests) AS change (dataset_id, key, own_version, digest)
        WHERE change.own_version IS NOT NULL
        ON CONFLICT (project_id, dataset_id, key, version)
            DO UPDATE SET superseded_version = excluded.superseded_version;
    END IF;

    INSERT INTO records.row (project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
    SELECT p_project_id, change.dataset_id, change.key, p_version, p_timeline_id, coalesce(change.hides, false),
        change.document, change.digest
    FROM unnest(p_datasets, p_keys, shadowing, p_documents, p_digests)
        AS change (dataset_id, key, hides, document, digest);
END
$$;

GRANT EXECUTE ON FUNCTION
    records.write_rows(bigint, bigint[], bytea[], jsonb[], bytea[], bigint[], bigint[], bigint)
    TO dendrite_ingest_service, dendrite_branch_service;
