-- Records: rows of datasets, versioned like all data. See docs/decisions/2026-11-21-record-rows.md.
SET LOCAL ROLE dendrite_owner;

-- What a dataset is, from a version on; the highest visible version of a dataset counts. What the definition says is
-- known to the service that writes it: columns, key, constraints. Its records lie in records.row.
CREATE TABLE records.dataset (
    project_id bigint NOT NULL,
    dataset_id bigint NOT NULL,
    version bigint NOT NULL,
    timeline_id bigint NOT NULL,
    -- The version that made it: the same in every row of it.
    create_version bigint NOT NULL,
    uid uuid NOT NULL,
    name branching.resource_id NOT NULL,
    definition jsonb NOT NULL,
    deleted boolean NOT NULL,
    PRIMARY KEY (project_id, dataset_id, version)
);

CREATE INDEX dataset_written ON records.dataset (project_id, timeline_id, version);
CREATE INDEX dataset_named ON records.dataset (project_id, name);
CREATE SEQUENCE records.dataset_id AS bigint;

-- One version of one record. The record of a key in a snapshot is its visible row of the highest version.
--
-- A scan must find that row without sorting and without looking at a row twice, so each row knows where it ended:
-- * superseded_version: where the *same timeline* wrote the key again. A row counts in a scan only while this is null
--   or beyond what the snapshot sees of the timeline. Set in the commit that writes the next row.
-- * shadows: whether the row may win over an older visible row of its key in *another* timeline. The few rows that
--   do are gathered first, and the scan leaves out what they hide. True is always safe; a wrong false is not.
CREATE TABLE records.row (
    project_id bigint NOT NULL,
    dataset_id bigint NOT NULL,
    -- The typed key columns as bytes that sort like their values: a prefix or a range of keys is a range of bytes.
    key bytea NOT NULL CHECK (length(key) BETWEEN 1 AND 1024),
    version bigint NOT NULL,
    timeline_id bigint NOT NULL,
    superseded_version bigint CHECK (superseded_version > version),
    shadows boolean NOT NULL,
    -- An object keyed by column number, so that renaming or dropping a column touches no row; null: deleted.
    document jsonb CHECK (jsonb_typeof(document) = 'object'),
    -- SHA-256 of the document's canonical form (RecordDigest in src/Storage): what the commit's digest covers.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (project_id, dataset_id, key, version)
    -- Room in each page, so that marking a row superseded stays in its page and touches no index.
) WITH (fillfactor = 90);

-- What lies between a base and a side: diffs, merges and garbage collection read nothing else. Timelines are numbered
-- over all projects. Without the project in front no search for a key can mistake this index for its own, which before
-- a table's first statistics looks just as cheap and is not.
CREATE INDEX row_written ON records.row (timeline_id, version);
-- The rows that a scan gathers first; most rows are not among them.
CREATE INDEX row_shadowing ON records.row (project_id, dataset_id, timeline_id, key) WHERE shadows;

-- One row for each (row version, uniqueness or reference rule): "who else has these values" and "who refers to this
-- key" are index probes. Says nothing by itself: an entry counts only while its row is the record in the snapshot.
CREATE TABLE records.lookup (
    project_id bigint NOT NULL,
    dataset_id bigint NOT NULL,
    rule_id int NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) BETWEEN 1 AND 1024),
    key bytea NOT NULL,
    version bigint NOT NULL,
    timeline_id bigint NOT NULL,
    PRIMARY KEY (project_id, dataset_id, rule_id, digest, key, version)
);

CREATE INDEX lookup_written ON records.lookup (timeline_id, version);

SELECT branching.isolate('records.dataset');
SELECT branching.isolate('records.row');
SELECT branching.isolate('records.lookup');

-- Holds a timeline as the commit door does, before it: what is read then is what the commit will follow.
CREATE FUNCTION branching.lock_timeline(p_timeline_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint;
BEGIN
    SELECT t.head_version INTO head FROM branching.timeline t
    WHERE t.project_id = branching.current_project() AND t.timeline_id = p_timeline_id
    FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Timeline % does not exist in this project.', p_timeline_id USING ERRCODE = 'DN002';
    END IF;
    RETURN head;
END
$$;

-- Holds a timeline and refuses where it has moved on since it was read.
CREATE FUNCTION branching.expect_head(p_timeline_id bigint, p_head_version bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint := branching.lock_timeline(p_timeline_id);
BEGIN
    IF head <> p_head_version THEN
        RAISE EXCEPTION 'The branch has moved from version % to % meanwhile.', p_head_version, head
            USING ERRCODE = 'DN050';
    END IF;
END
$$;

GRANT USAGE ON SCHEMA records TO dendrite_service;
GRANT SELECT ON records.dataset, records.row, records.lookup TO dendrite_service;
GRANT INSERT ON records.dataset, records.row, records.lookup TO dendrite_ingest_service, dendrite_branch_service;
GRANT UPDATE (superseded_version, shadows) ON records.row TO dendrite_ingest_service, dendrite_branch_service;
GRANT USAGE ON SEQUENCE records.dataset_id TO dendrite_ingest_service, dendrite_branch_service;
GRANT EXECUTE ON FUNCTION branching.lock_timeline(bigint), branching.expect_head(bigint, bigint)
    TO dendrite_ingest_service, dendrite_branch_service;
