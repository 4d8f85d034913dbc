SET LOCAL ROLE dendrite_owner;

-- What runs by itself in a project, and when. Quartz (0031) only keeps the clock: it is made to agree with these rows.
CREATE TABLE scheduling.job (
    project_id bigint NOT NULL,
    name branching.resource_id NOT NULL,
    uid uuid NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    task text NOT NULL CHECK (task IN ('retention')),
    -- Five fields as in POSIX crontab, or six with seconds before them; in an IANA time zone.
    cron text NOT NULL CHECK (length(cron) <= 200),
    time_zone text NOT NULL DEFAULT 'UTC',
    pause_time timestamptz,
    pause_reason text NOT NULL DEFAULT '' CHECK (length(pause_reason) <= 1000),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, name)
);
SELECT branching.isolate('scheduling.job');

-- One logical run. Whoever works on it holds the lease and bears the fencing token of its attempt; a token that is no
-- longer the row's own means that somebody else took over, and nothing more may be done under it.
CREATE TABLE scheduling.job_run (
    project_id bigint NOT NULL,
    job_name branching.resource_id NOT NULL,
    -- A version 7 UUID: newest last, so that a listing needs no other order.
    run_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'skipped')),
    cause text NOT NULL CHECK (cause IN ('schedule', 'caller')),
    scheduled_time timestamptz,
    request_id uuid,
    creator text NOT NULL DEFAULT '',
    dry_run boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    fencing_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    results jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(results) = 'object'),
    report jsonb,
    message text NOT NULL DEFAULT '',
    PRIMARY KEY (project_id, job_name, run_id),
    CHECK ((cause = 'schedule') = (scheduled_time IS NOT NULL)),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'skipped')) = (end_time IS NOT NULL))
);
SELECT branching.isolate('scheduling.job_run');

-- A time of the schedule runs once, however many replicas hear the clock strike.
CREATE UNIQUE INDEX job_run_is_due_once ON scheduling.job_run (project_id, job_name, scheduled_time)
    WHERE scheduled_time IS NOT NULL;
-- One run of a job at a time.
CREATE UNIQUE INDEX job_run_runs_alone ON scheduling.job_run (project_id, job_name) WHERE state = 'running';
-- A repeated request finds the run of the first.
CREATE UNIQUE INDEX job_run_is_asked_for_once ON scheduling.job_run (project_id, request_id)
    WHERE request_id IS NOT NULL;
CREATE INDEX job_run_unfinished ON scheduling.job_run (project_id, job_name, run_id) WHERE end_time IS NULL;

CREATE TABLE scheduling.run_attempt (
    project_id bigint NOT NULL,
    job_name branching.resource_id NOT NULL,
    run_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt >= 1),
    fencing_token bigint NOT NULL,
    worker text NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz,
    error text,
    PRIMARY KEY (project_id, job_name, run_id, attempt),
    FOREIGN KEY (project_id, job_name, run_id) REFERENCES scheduling.job_run ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.run_attempt');

CREATE SEQUENCE scheduling.fencing_token;

GRANT USAGE ON SCHEMA scheduling TO dendrite_scheduler_service;
GRANT USAGE ON SEQUENCE scheduling.fencing_token TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE ON scheduling.job, scheduling.job_run, scheduling.run_attempt
    TO dendrite_scheduler_service;
