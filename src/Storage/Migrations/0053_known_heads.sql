-- Whoever follows a commit of its own knows all that the door would look up: the head, its hash, and that the branch
-- may be written. One update that holds only for that head takes the look's place, and a lock before it.
SET LOCAL ROLE dendrite_owner;

-- The door for who knows the head's hash (p_expected_hash; null: who does not). Where anything is not as expected, or
-- the clock went back, the door of 0051 does it, or says why not.
--
-- The version comes before the lock here, and version order is commit order all the same: the update holds only while
-- the head is the one that was read, so whoever took a version later and came first makes it fail.
CREATE FUNCTION branching.commit(
    p_timeline_id bigint, p_kind text, p_author text, p_message text, p_digest bytea, p_statistics jsonb,
    p_expected_head bigint, p_expected_name_revision bigint, p_expected_hash bytea,
    OUT version bigint, OUT commit_time timestamptz, OUT hash bytea
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    p_project_id bigint := branching.current_project();
    start_version bigint;
    told text;
BEGIN
    IF p_expected_hash IS NOT NULL AND p_kind IN ('append', 'write', 'revert', 'pick') AND p_author <> ''
        AND length(p_author) <= 200 AND length(p_message) <= 4000 AND length(p_digest) = 32
    THEN
        version := nextval('branching.version');
        commit_time := clock_timestamp();
        -- As in 0051.
        hash := sha256(
            convert_to('dendrite commit 1', 'UTF8') || p_expected_hash
            || int8send(p_project_id) || int8send(p_timeline_id) || int8send(version)
            || int8send((extract(epoch FROM commit_time) * 1000000)::bigint)
            || int4send(octet_length(convert_to(p_author, 'UTF8'))) || convert_to(p_author, 'UTF8')
            || int4send(octet_length(convert_to(p_message, 'UTF8'))) || convert_to(p_message, 'UTF8')
            || int4send(octet_length(p_digest)) || p_digest
        );
        UPDATE branching.timeline t
        SET head_version = version, head_hash = hash, head_time = commit_time
        WHERE t.timeline_id = p_timeline_id AND t.head_version = p_expected_head AND t.head_hash = p_expected_hash
            AND t.name_revision = p_expected_name_revision AND t.seal IS NULL AND NOT t.protected
            AND t.head_time <= commit_time
        RETURNING t.start_version INTO start_version;
    END IF;

    IF start_version IS NULL THEN
        SELECT made.version, made.commit_time, made.hash INTO version, commit_time, hash
        FROM branching.commit(
            p_timeline_id, p_kind, p_author, p_message, p_digest, p_statistics,
            p_expected_head, p_expected_name_revision) AS made;
        RETURN;
    END IF;

    INSERT INTO branching.commit VALUES (
        p_project_id, version, p_timeline_id,
        CASE WHEN p_expected_head = start_version THEN 0 ELSE p_expected_head END,
        p_expected_hash, hash, p_kind, p_author, p_message, commit_time, p_digest, p_statistics);
    told := set_config('dendrite.version', version::text, true);
END
$$;

GRANT EXECUTE ON FUNCTION branching.commit(bigint, text, text, text, bytea, jsonb, bigint, bigint, bytea)
    TO dendrite_branch_service, dendrite_ingest_service;

-- As in 0052, but a row that is superseded is marked where it was found, and not looked for a second time by its key. A
-- merge may move it meanwhile (it flags rows of the lines that it takes in, without their lock): then the key finds it.
CREATE OR REPLACE FUNCTION records.write_rows(
    p_timeline_id bigint, p_datasets bigint[], p_keys bytea[], p_documents jsonb[], p_digests bytea[],
    p_owners bigint[], p_through bigint[], p_absorbed_before bigint
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    p_version bigint := branching.committed_version();
    own_rows tid[];
    marked int;
    shadowing boolean[];
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
        SELECT array_agg(before.own_row) FILTER (WHERE before.own_row IS NOT NULL), array_agg(before.hides)
        INTO own_rows, shadowing
        FROM unnest(p_datasets, p_keys) AS change (dataset_id, key)
        CROSS JOIN LATERAL (
            -- Of its own timeline there is one row at most that was not superseded.
            SELECT max(earlier.ctid) FILTER (
                    WHERE earlier.timeline_id = p_timeline_id AND earlier.superseded_version IS NULL) AS own_row,
                coalesce(bool_or(earlier.timeline_id <> p_timeline_id AND (
                    earlier.version <= p_through[array_position(p_owners, earlier.timeline_id)]
                    OR earlier.version < p_absorbed_before)), false) AS hides
            FROM records.row AS earlier
            WHERE earlier.dataset_id = change.dataset_id AND earlier.key = change.key
        ) AS before;
    END IF;

    IF own_rows IS NOT NULL THEN
        UPDATE records.row AS own SET superseded_version = p_version WHERE own.ctid = ANY (own_rows);
        GET DIAGNOSTICS marked = ROW_COUNT;
        IF marked < cardinality(own_rows) THEN
            PERFORM records.mark_superseded(p_timeline_id, p_datasets, p_keys, p_version);
        END IF;
    END IF;

    INSERT INTO records.row (project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
    SELECT p_project_id, change.dataset_id, change.key, p_version, p_timeline_id, coalesce(change.hides, false),
        change.document, change.digest
    FROM unnest(p_datasets, p_keys, shadowing, p_documents, p_digests)
        AS change (dataset_id, key, hides, document, digest);
END
$$;

-- Marks by their keys the rows of a timeline that a version supersedes.
CREATE FUNCTION records.mark_superseded(
    p_timeline_id bigint, p_datasets bigint[], p_keys bytea[], p_version bigint
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    place int;
BEGIN
    FOR place IN 1 .. cardinality(p_keys) LOOP
        UPDATE records.row AS own SET superseded_version = p_version
        WHERE own.dataset_id = p_datasets[place] AND own.key = p_keys[place]
            AND own.timeline_id = p_timeline_id AND own.superseded_version IS NULL AND own.version < p_version;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION records.mark_superseded(bigint, bigint[], bytea[], bigint)
    TO dendrite_ingest_service, dendrite_branch_service;
