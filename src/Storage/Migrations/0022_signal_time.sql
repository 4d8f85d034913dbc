SET LOCAL ROLE dendrite_owner;

-- What lies beside the samples on a stream's axis of time: instants, missing ranges, annotations.

-- A sample's instant. The corrected instant and the device's own reading are both kept, because a correction may be
-- computed again and a reading may not. The newest visible row of a sample counts.
CREATE TABLE signals.time_anchor (
    project_id            bigint NOT NULL,
    timeline_id           bigint NOT NULL,
    stream_id             bigint NOT NULL,
    sample_index          bigint NOT NULL CHECK (sample_index >= 0),
    version               bigint NOT NULL,
    instant_ns            bigint NOT NULL,
    device_seconds        double precision,
    clock_offset_seconds  double precision,
    uncertainty_seconds   double precision,
    PRIMARY KEY (project_id, timeline_id, stream_id, sample_index, version)
);

-- The gap ledger: ranges of sample indexes that hold no samples, each with its cause. A range is here or in a block,
-- never in neither: silence about loss is the one thing a recording may not do.
CREATE TABLE signals.gap (
    project_id     bigint   NOT NULL,
    timeline_id    bigint   NOT NULL,
    stream_id      bigint   NOT NULL,
    first_sample   bigint   NOT NULL CHECK (first_sample >= 0),
    -- -1: every group.
    channel_group  int      NOT NULL CHECK (channel_group >= -1),
    version        bigint   NOT NULL,
    sample_count   bigint   NOT NULL CHECK (sample_count > 0),
    cause          smallint NOT NULL,
    note           text     NOT NULL DEFAULT '',
    PRIMARY KEY (project_id, timeline_id, stream_id, first_sample, channel_group)
);

-- Annotations and markers. The id is the client's, so that sending one again changes nothing; a later row of the same
-- id replaces it (deleted: withdraws it).
CREATE TABLE signals.annotation (
    project_id     bigint  NOT NULL,
    timeline_id    bigint  NOT NULL,
    stream_id      bigint  NOT NULL,
    annotation_id  uuid    NOT NULL,
    version        bigint  NOT NULL,
    deleted        boolean NOT NULL DEFAULT false,
    -- The last sample not after the onset; may lie before sample 0 or after the last one.
    start_sample   bigint  NOT NULL,
    -- Exact onset after the stream's start; null where the client gave a sample.
    onset_ns       bigint,
    -- Null where the source gives none; 0 for an instant.
    duration_ns    bigint  CHECK (duration_ns >= 0),
    text           text    NOT NULL,
    category       text    NOT NULL DEFAULT '',
    -- Labels; empty means the whole stream.
    channels       text[]  NOT NULL DEFAULT '{}',
    metadata       jsonb   NOT NULL DEFAULT '{}',
    PRIMARY KEY (project_id, timeline_id, stream_id, annotation_id, version)
);

CREATE INDEX annotation_by_sample ON signals.annotation (project_id, timeline_id, stream_id, start_sample);

SELECT branching.isolate('signals.time_anchor');
SELECT branching.isolate('signals.gap');
SELECT branching.isolate('signals.annotation');

GRANT SELECT ON signals.time_anchor, signals.gap, signals.annotation TO dendrite_service;
GRANT INSERT ON signals.time_anchor, signals.gap, signals.annotation TO dendrite_ingest_service;
