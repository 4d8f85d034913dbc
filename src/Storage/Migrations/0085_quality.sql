SET LOCAL ROLE dendrite_owner;

GRANT USAGE ON SCHEMA comparison TO dendrite_comparison_service;

-- What a project's data should meet.
CREATE TABLE comparison.quality_check (
    project_id bigint NOT NULL,
    quality_check_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    -- Which streams, in the language of lists; empty: all.
    stream_filter text NOT NULL DEFAULT '' CHECK (length(stream_filter) <= 4000),
    -- The one rule as the contract's JSON, such as {"maxMissingRatio": 0.01}.
    rule jsonb NOT NULL CHECK (jsonb_typeof(rule) = 'object'),
    required_for_merge boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, quality_check_id),
    CONSTRAINT quality_check_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('comparison.quality_check');

-- What checks found on one state. The digest is that of the version vector: it names the state when branches and tags
-- are gone.
CREATE TABLE comparison.quality_result (
    project_id bigint NOT NULL,
    quality_result_id text COLLATE "C" NOT NULL CHECK (length(quality_result_id) BETWEEN 1 AND 63),
    -- The branch as it was called then.
    branch branching.resource_id NOT NULL,
    snapshot_digest bytea NOT NULL CHECK (length(snapshot_digest) = 32),
    passed boolean NOT NULL,
    -- A dendrite.v1.QualityResult.
    content bytea NOT NULL CHECK (length(content) <= 4000000),
    create_time timestamptz NOT NULL,
    PRIMARY KEY (project_id, quality_result_id)
);
SELECT branching.isolate('comparison.quality_result');
CREATE INDEX quality_result_by_age ON comparison.quality_result (project_id, create_time, quality_result_id);

GRANT SELECT, INSERT, DELETE ON comparison.quality_check TO dendrite_comparison_service;
GRANT UPDATE (display_name, stream_filter, rule, required_for_merge, update_time, revision)
    ON comparison.quality_check TO dendrite_comparison_service;
-- A result is never changed: it says what was found.
GRANT SELECT, INSERT ON comparison.quality_result TO dendrite_comparison_service;
