SET LOCAL ROLE dendrite_owner;

-- What windows of recordings look like, so that windows like a given one are found without reading samples again. A
-- cache: every row follows from the samples, and may go. A row is found by what it was computed from, so all branches
-- that show the same samples share it, and none can be out of date.
CREATE TABLE comparison.window_shape (
    project_id bigint NOT NULL,
    stream_id bigint NOT NULL,
    -- First 16 bytes of a SHA-256 over channel, window, calibration and what of which blocks is seen.
    content_key bytea NOT NULL CHECK (length(content_key) = 16),
    -- Window by window nine numbers of binary64, little-endian; NaN where a window is not whole or does not vary.
    shapes bytea NOT NULL CHECK (length(shapes) BETWEEN 72 AND 1048576 AND length(shapes) % 72 = 0),
    -- What nobody has asked for in a month goes.
    used_on date NOT NULL DEFAULT current_date,
    PRIMARY KEY (project_id, stream_id, content_key)
);
-- Numbers do not shrink: compressing them costs time and saves nothing.
ALTER TABLE comparison.window_shape ALTER COLUMN shapes SET STORAGE EXTERNAL;
SELECT branching.isolate('comparison.window_shape');
CREATE INDEX window_shape_by_use ON comparison.window_shape (project_id, used_on);

GRANT SELECT, INSERT, DELETE ON comparison.window_shape TO dendrite_comparison_service;
GRANT UPDATE (used_on) ON comparison.window_shape TO dendrite_comparison_service;
