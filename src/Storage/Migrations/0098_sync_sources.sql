SET LOCAL ROLE dendrite_owner;

-- Data outside that is pulled into a branch.
CREATE TABLE scheduling.sync_source (
    project_id bigint NOT NULL,
    sync_source_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    -- What callers set, as the contract's JSON: names of secrets are in it, secrets never.
    definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    -- Who may write the source's progress: a number of scheduling.fencing_token. A higher one has taken over.
    fence bigint NOT NULL DEFAULT 0,
    -- The backfill that last took it over: while that goes on, no sync does.
    backfill_operation text COLLATE "C",
    PRIMARY KEY (project_id, sync_source_id),
    CONSTRAINT sync_source_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('scheduling.sync_source');

-- How far a source is: what the place names, and all before it, is committed.
CREATE TABLE scheduling.sync_progress (
    project_id bigint NOT NULL,
    sync_source_id bigint NOT NULL,
    -- Resource name of the dataset that is written to: a workflow pulls one source into many branches.
    target text COLLATE "C" NOT NULL CHECK (length(target) BETWEEN 1 AND 400),
    -- The past range of a backfill; empty: what comes by and by.
    backfill text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(backfill) <= 200),
    -- The month of a backfill; else empty.
    part text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(part) <= 40),
    place jsonb NOT NULL CHECK (jsonb_typeof(place) = 'object'),
    -- What was done so far for the same run, which may be more than one attempt of it.
    tally jsonb NOT NULL CHECK (jsonb_typeof(tally) = 'object'),
    sync_time timestamptz NOT NULL,
    PRIMARY KEY (project_id, sync_source_id, target, backfill, part),
    FOREIGN KEY (project_id, sync_source_id) REFERENCES scheduling.sync_source ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.sync_progress');

-- Items that could not be written: those that wait for a second try within their run, and after it dead letters.
CREATE TABLE scheduling.sync_dead_letter (
    project_id bigint NOT NULL,
    sync_source_id bigint NOT NULL,
    -- Follows from target and item, so that an item that comes with every sync is kept once.
    dead_letter_id text COLLATE "C" NOT NULL CHECK (length(dead_letter_id) BETWEEN 1 AND 63),
    target text COLLATE "C" NOT NULL CHECK (length(target) BETWEEN 1 AND 400),
    -- As it came, as JSON; text and not jsonb, which keeps neither digits nor order.
    item text NOT NULL CHECK (octet_length(item) <= 1100000),
    -- Whether its fields are texts that stand for values of any type, as those of CSV do.
    is_text boolean NOT NULL,
    waiting boolean NOT NULL,
    -- A google.rpc.Status.
    error bytea NOT NULL CHECK (length(error) <= 65536),
    attempts integer NOT NULL CHECK (attempts >= 1),
    first_attempt_time timestamptz NOT NULL,
    last_attempt_time timestamptz NOT NULL,
    PRIMARY KEY (project_id, sync_source_id, dead_letter_id),
    FOREIGN KEY (project_id, sync_source_id) REFERENCES scheduling.sync_source ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.sync_dead_letter');
CREATE INDEX sync_dead_letter_by_age
    ON scheduling.sync_dead_letter (project_id, sync_source_id, first_attempt_time, dead_letter_id);

-- Which records a source still has, while it is read to its end; what is not among them then is deleted.
CREATE TABLE scheduling.sync_seen (
    project_id bigint NOT NULL,
    sync_source_id bigint NOT NULL,
    target text COLLATE "C" NOT NULL CHECK (length(target) BETWEEN 1 AND 400),
    -- SHA-256 of the record's id.
    record bytea NOT NULL CHECK (length(record) = 32),
    PRIMARY KEY (project_id, sync_source_id, target, record),
    FOREIGN KEY (project_id, sync_source_id) REFERENCES scheduling.sync_source ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.sync_seen');

GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.sync_source, scheduling.sync_progress, scheduling.sync_dead_letter,
    scheduling.sync_seen TO dendrite_scheduler_service;
