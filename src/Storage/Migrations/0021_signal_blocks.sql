SET LOCAL ROLE dendrite_owner;

-- Sample blocks: immutable runs of samples of one channel group, kept as they came over the wire.
--
-- The key is what a read asks for, behind the timeline: a fork reads its parent's blocks where they lie, and deleting
-- an experiment touches only its own. Blocks of one (timeline, stream, group) never overlap: a writer's position only
-- moves forward, in the transaction that inserts them.
CREATE TABLE signals.block (
    project_id     bigint   NOT NULL,
    timeline_id    bigint   NOT NULL,
    stream_id      bigint   NOT NULL,
    channel_group  int      NOT NULL CHECK (channel_group >= 0),
    first_sample   bigint   NOT NULL CHECK (first_sample >= 0),
    sample_count   int      NOT NULL CHECK (sample_count > 0),
    version        bigint   NOT NULL,
    -- The version of the block format (docs/block-format.md) in which the payload is laid down.
    format         smallint NOT NULL,
    -- The block's own CRC-32C (Castagnoli), as the signed reading of its 32 bits.
    checksum       int      NOT NULL,
    -- SHA-256 of the samples themselves (planar, little-endian): the same for every encoding, so that a block sent
    -- twice is recognised and a compactor can prove that it changed nothing.
    sample_digest  bytea    NOT NULL CHECK (length(sample_digest) = 32),
    summary        bytea    NOT NULL,
    payload        bytea    NOT NULL,
    -- The device's own facts about the block; null for most.
    metadata       jsonb,
    PRIMARY KEY (project_id, timeline_id, stream_id, channel_group, first_sample)
);

-- EXTERNAL: out of line, and not compressed a second time; a slice of a payload is read without the rest of it.
ALTER TABLE signals.block ALTER COLUMN payload SET STORAGE EXTERNAL;
-- Summaries stay in the row: an overview reads thousands of them and no payload.
ALTER TABLE signals.block ALTER COLUMN summary SET STORAGE MAIN;

SELECT branching.isolate('signals.block');

GRANT SELECT ON signals.block TO dendrite_service;
GRANT INSERT ON signals.block TO dendrite_ingest_service;
