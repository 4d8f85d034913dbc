-- What each merge brought in, for good: the merge's digest covers it, and vectors themselves are rewritten when a
-- timeline is absorbed.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE branching.merged_vector (
    project_id bigint NOT NULL,
    timeline_id bigint NOT NULL,
    version bigint NOT NULL,
    -- The source's vector as it was merged: owner timelines and the highest version of each.
    owners bigint[] NOT NULL,
    through bigint[] NOT NULL CHECK (cardinality(through) = cardinality(owners)),
    PRIMARY KEY (project_id, timeline_id, version)
);

SELECT branching.isolate('branching.merged_vector');
GRANT SELECT ON branching.merged_vector TO dendrite_service;
GRANT INSERT ON branching.merged_vector TO dendrite_branch_service;

-- The tables that hold rows of timelines: commits last, since other parts are looked up by them. is_versioned: whether
-- rows bear a version, so that those above one can go alone. payload: an expression for the bytes of a row that are
-- worth counting, which reads no payload.
CREATE OR REPLACE FUNCTION branching.parts_of_timelines()
RETURNS TABLE (relation regclass, payload text, is_versioned boolean)
LANGUAGE sql STABLE
AS $$
    SELECT to_regclass(part.name), part.payload, part.is_versioned
    FROM (VALUES
        (1, 'signals.block', 'octet_length(payload) + octet_length(summary)', true),
        (2, 'signals.annotation', '0', true),
        (3, 'signals.time_anchor', '0', true),
        (4, 'signals.gap', '0', true),
        (5, 'signals.append', '0', true),
        (6, 'signals.stream', '0', true),
        (7, 'signals.writer', '0', false),
        (8, 'signals.absorbed_stream', '0', false),
        (9, 'records.row', 'octet_length(key) + coalesce(pg_column_size(document), 0)', true),
        (10, 'records.lookup', '0', true),
        (11, 'records.dataset', '0', true),
        (12, 'branching.vector_entry', '0', false),
        (13, 'branching.merged_vector', '0', true),
        (14, 'branching.commit', '0', true)
    ) AS part (place, name, payload, is_versioned)
    WHERE to_regclass(part.name) IS NOT NULL
    ORDER BY part.place
$$;
