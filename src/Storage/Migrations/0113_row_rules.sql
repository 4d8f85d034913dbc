-- A table's CHECKs are read from the catalog, parsed and compiled for every statement that writes to it. The four of
-- records.row were a tenth of what a commit of one record cost the server. A policy says the same and is planned with
-- the statement, once for a connection: see docs/decisions/2026-11-21-short-commits.md.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE records.row
    DROP CONSTRAINT row_check,
    DROP CONSTRAINT row_digest_check,
    DROP CONSTRAINT row_document_check,
    DROP CONSTRAINT row_key_check;

-- Of what is inserted. Later a row changes only where it ends and whether it shadows.
CREATE POLICY whole_rows ON records.row AS RESTRICTIVE FOR INSERT
    WITH CHECK (
        length(key) BETWEEN 1 AND 1024 AND length(digest) = 32
        AND (document IS NULL OR jsonb_typeof(document) = 'object')
        AND (superseded_version IS NULL OR superseded_version > version));

-- Writes the row of one record behind the commit door, as write_rows does: without arrays of rows, which cost as
-- much as the row does.
CREATE FUNCTION records.write_row(
    p_timeline_id bigint, p_dataset_id bigint, p_key bytea, p_document jsonb, p_digest bytea,
    p_owners bigint[], p_through bigint[], p_absorbed_before bigint
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    p_version bigint := branching.committed_version();
    own_row tid;
    hides boolean;
BEGIN
    -- Of its own timeline there is one row at most that was not superseded.
    SELECT max(earlier.ctid) FILTER (
            WHERE earlier.timeline_id = p_timeline_id AND earlier.superseded_version IS NULL),
        bool_or(earlier.timeline_id <> p_timeline_id AND (
            earlier.version <= p_through[array_position(p_owners, earlier.timeline_id)]
            OR earlier.version < p_absorbed_before))
    INTO own_row, hides
    FROM records.row AS earlier
    WHERE earlier.dataset_id = p_dataset_id AND earlier.key = p_key;

    IF own_row IS NOT NULL THEN
        UPDATE records.row AS own SET superseded_version = p_version WHERE own.ctid = own_row;
        IF NOT FOUND THEN
            PERFORM records.mark_superseded(p_timeline_id, ARRAY[p_dataset_id], ARRAY[p_key], p_version);
        END IF;
    END IF;

    INSERT INTO records.row (project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
    VALUES (
        branching.current_project(), p_dataset_id, p_key, p_version, p_timeline_id, coalesce(hides, false),
        p_document, p_digest);
END
$$;

GRANT EXECUTE ON FUNCTION records.write_row(bigint, bigint, bytea, jsonb, bytea, bigint[], bigint[], bigint)
    TO dendrite_ingest_service, dendrite_branch_service;
