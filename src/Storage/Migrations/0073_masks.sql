-- Masks hide samples that are stored. They come behind 0067 and 0069, whose functions they extend.
SET LOCAL ROLE dendrite_owner;

-- One row for each change of a mask, like all versioned data; the newest visible row of a mask counts. It hides samples
-- of blocks whose version is less than that of the mask's first row: what is stored later, to correct them, is seen.
CREATE TABLE signals.mask (
    project_id    bigint  NOT NULL,
    timeline_id   bigint  NOT NULL,
    stream_id     bigint  NOT NULL,
    mask_id       uuid    NOT NULL,
    version       bigint  NOT NULL,
    -- Taken back, as a revert does it: what it hid is seen again.
    deleted       boolean NOT NULL DEFAULT false,
    first_sample  bigint  NOT NULL CHECK (first_sample >= 0),
    end_sample    bigint  NOT NULL,
    -- Labels; empty means all.
    channels      text[]  NOT NULL DEFAULT '{}',
    reason        text    NOT NULL,
    PRIMARY KEY (project_id, timeline_id, stream_id, mask_id, version),
    CHECK (end_sample > first_sample)
);

-- What lies beyond a base, found without passing over what does not.
CREATE INDEX mask_by_version ON signals.mask (project_id, timeline_id, version, stream_id);

SELECT branching.isolate('signals.mask');

GRANT SELECT ON signals.mask TO dendrite_service;
GRANT INSERT ON signals.mask TO dendrite_ingest_service;
-- A merge or revert restates them.
GRANT INSERT ON signals.mask TO dendrite_branch_service;

-- The tables that hold rows of timelines (see 0067), with masks.
CREATE OR REPLACE FUNCTION branching.parts_of_timelines()
RETURNS TABLE (relation regclass, payload text, is_versioned boolean)
LANGUAGE sql STABLE
AS $$
    SELECT to_regclass(part.name), part.payload, part.is_versioned
    FROM (VALUES
        (1, 'signals.block', 'octet_length(payload) + octet_length(summary)', true),
        (2, 'signals.mask', '0', true),
        (3, 'signals.annotation', '0', true),
        (4, 'signals.time_anchor', '0', true),
        (5, 'signals.gap', '0', true),
        (6, 'signals.append', '0', true),
        (7, 'signals.stream', '0', true),
        (8, 'signals.writer', '0', false),
        (9, 'signals.absorbed_stream', '0', false),
        (10, 'records.row', 'octet_length(key) + coalesce(pg_column_size(document), 0)', true),
        (11, 'records.lookup', '0', true),
        (12, 'records.dataset', '0', true),
        (13, 'branching.vector_entry', '0', false),
        (14, 'branching.merged_vector', '0', true),
        (15, 'branching.commit', '0', true)
    ) AS part (place, name, payload, is_versioned)
    WHERE to_regclass(part.name) IS NOT NULL
    ORDER BY part.place
$$;

-- As in 0016, with masks: a timeline that only hid samples of a stream holds rows of it too.
CREATE OR REPLACE FUNCTION branching.mark_absorbed(
    p_timeline_id bigint, p_target_timeline_id bigint, p_version bigint
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    -- What it had absorbed itself goes with it: whoever sees any of it sees all of it.
    UPDATE branching.timeline t
    SET absorbed_into_timeline_id = p_target_timeline_id, absorbed_at_version = p_version
    WHERE t.project_id = p_project_id
        AND (t.timeline_id = p_timeline_id OR t.absorbed_into_timeline_id = p_timeline_id);
    DELETE FROM branching.vector_entry e WHERE e.project_id = p_project_id AND e.owner_timeline_id = p_timeline_id;
    DELETE FROM branching.tag_entry e WHERE e.project_id = p_project_id AND e.owner_timeline_id = p_timeline_id;
    INSERT INTO signals.absorbed_stream (project_id, stream_id, timeline_id, name)
    SELECT DISTINCT p_project_id, held.stream_id, p_timeline_id, held.name
    FROM (
        SELECT s.stream_id, s.name FROM signals.stream s
        WHERE s.project_id = p_project_id AND s.timeline_id = p_timeline_id
        UNION SELECT s.stream_id, '' FROM signals.stream s
        WHERE s.project_id = p_project_id AND s.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.append a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.time_anchor a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
        UNION SELECT g.stream_id, '' FROM signals.gap g
        WHERE g.project_id = p_project_id AND g.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.annotation a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
        UNION SELECT m.stream_id, '' FROM signals.mask m
        WHERE m.project_id = p_project_id AND m.timeline_id = p_timeline_id
    ) AS held;
END
$$;
