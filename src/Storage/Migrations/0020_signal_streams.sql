SET LOCAL ROLE dendrite_owner;

-- Signal streams: what was recorded, by whom written, how far.
--
-- A stream has a name that people use (the last part of its resource name, unique among the live streams of a branch)
-- and a number that its blocks bear (unique in the database). Blocks never hold the name: when two branches that both
-- made a stream "eeg" are merged, one of them is renamed by writing one descriptor row, and no block moves.

CREATE SEQUENCE signals.stream_number AS bigint;

-- Descriptors: one row per change, like all versioned data. The newest visible row of a stream is its descriptor.
CREATE TABLE signals.stream (
    project_id             bigint      NOT NULL,
    timeline_id            bigint      NOT NULL,
    stream_id              bigint      NOT NULL,
    version                bigint      NOT NULL,
    uid                    uuid        NOT NULL,
    name                   text        NOT NULL,
    deleted                boolean     NOT NULL DEFAULT false,
    finished               boolean     NOT NULL DEFAULT false,
    display_name           text        NOT NULL DEFAULT '',
    -- rate_samples samples in rate_seconds seconds; 0 samples: irregular, each instant is an anchor.
    rate_samples           bigint      NOT NULL CHECK (rate_samples >= 0),
    rate_seconds           bigint      NOT NULL CHECK (rate_seconds > 0),
    -- The instant of sample 0, in nanoseconds since 1970-01-01T00:00Z.
    start_time_ns          bigint      NOT NULL,
    expected_sample_count  bigint,
    channels               jsonb       NOT NULL,
    device                 jsonb       NOT NULL DEFAULT '{}',
    labels                 jsonb       NOT NULL DEFAULT '{}',
    metadata               jsonb       NOT NULL DEFAULT '{}',
    -- SHA-256 over rate and channels: two writers agree on a layout exactly when these are equal.
    layout_digest          bytea       NOT NULL CHECK (length(layout_digest) = 32),
    create_time            timestamptz NOT NULL DEFAULT now(),
    update_time            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, timeline_id, stream_id, version)
);

CREATE INDEX stream_by_name ON signals.stream (project_id, timeline_id, name, version);

-- The log of appends: one row for each stream that a commit moved. It answers, for any snapshot and by one index probe
-- per timeline in it, how far a stream reached and what it holds; and from which sample to which each version went, so
-- that a gap between two acknowledgements can be proved or ruled out.
CREATE TABLE signals.append (
    project_id        bigint   NOT NULL,
    timeline_id       bigint   NOT NULL,
    stream_id         bigint   NOT NULL,
    version           bigint   NOT NULL,
    -- Every channel group was stored (or declared a gap) up to here before and after.
    first_sample      bigint   NOT NULL CHECK (first_sample >= 0),
    next_sample       bigint   NOT NULL,
    -- How far each channel group came; next_sample is the least of these.
    group_ends        bigint[] NOT NULL,
    -- What this timeline holds of the stream up to this version, in all.
    stored_bytes      bigint   NOT NULL,
    missing_samples   bigint   NOT NULL,
    PRIMARY KEY (project_id, timeline_id, stream_id, version),
    CHECK (next_sample >= first_sample)
);

-- Who may append to a stream of a timeline, and where the next block goes. This is the state of an operation, not data:
-- it is updated in place and never read through a snapshot. Opening a stream adds one to its epoch, so every earlier
-- writer finds its own epoch old at its next commit (fencing). The spare room in each page keeps the updates off the
-- index.
CREATE TABLE signals.writer (
    project_id        bigint      NOT NULL,
    timeline_id       bigint      NOT NULL,
    stream_id         bigint      NOT NULL,
    epoch             bigint      NOT NULL CHECK (epoch > 0),
    -- For each channel group, the index of the next sample to append.
    group_ends        bigint[]    NOT NULL,
    stored_bytes      bigint      NOT NULL DEFAULT 0,
    missing_samples   bigint      NOT NULL DEFAULT 0,
    -- Who writes, for people; and until when the stream counts as open if nothing more is heard of the writer.
    writer            text        NOT NULL DEFAULT '',
    open_until        timestamptz NOT NULL,
    PRIMARY KEY (project_id, timeline_id, stream_id)
) WITH (fillfactor = 50);

SELECT branching.isolate('signals.stream');
SELECT branching.isolate('signals.append');
SELECT branching.isolate('signals.writer');

GRANT USAGE ON SCHEMA signals TO dendrite_service;
GRANT SELECT ON signals.stream, signals.append TO dendrite_service;
GRANT INSERT ON signals.stream, signals.append TO dendrite_ingest_service;
GRANT SELECT, INSERT, UPDATE (epoch, group_ends, stored_bytes, missing_samples, writer, open_until)
    ON signals.writer TO dendrite_ingest_service;
GRANT USAGE ON SEQUENCE signals.stream_number TO dendrite_ingest_service;
