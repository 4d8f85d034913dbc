SET LOCAL ROLE dendrite_owner;

-- Runs as a queue: when each may begin, what may not go on beside it, and what is said while it goes on.
ALTER TABLE scheduling.job_run NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scheduling.job_run
    DROP CONSTRAINT job_run_state_check,
    DROP CONSTRAINT job_run_cause_check,
    DROP CONSTRAINT job_run_check,
    DROP CONSTRAINT job_run_check1,
    DROP CONSTRAINT job_run_check2;
DROP INDEX scheduling.job_run_is_due_once;
DROP INDEX scheduling.job_run_runs_alone;
-- Requests are remembered where all others are (branching.request).
DROP INDEX scheduling.job_run_is_asked_for_once;
ALTER TABLE scheduling.job_run
    DROP COLUMN request_id,
    ADD COLUMN run_number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- When its next attempt may begin; infinity: once another run or its paused job lets it. Null while it runs and
    -- after its end.
    ADD COLUMN ready_time timestamptz,
    -- Runs of one key never go on at once; null: beside any other.
    ADD COLUMN concurrency_key text COLLATE "C" CHECK (length(concurrency_key) BETWEEN 1 AND 300),
    -- A run for a time that has passed: of a backfill, or of a catch-up. It waits for others and makes none skip.
    ADD COLUMN makes_up boolean NOT NULL DEFAULT false,
    -- When it was asked to stop, and why.
    ADD COLUMN cancel_time timestamptz,
    ADD COLUMN cancel_reason text NOT NULL DEFAULT '' CHECK (length(cancel_reason) <= 1000),
    -- The contract's OperationProgress of the attempt, as JSON.
    ADD COLUMN progress jsonb CHECK (jsonb_typeof(progress) = 'object'),
    -- How many log lines it has.
    ADD COLUMN log_lines bigint NOT NULL DEFAULT 0 CHECK (log_lines >= 0);

UPDATE scheduling.job_run SET
    state = CASE WHEN state = 'queued' AND attempt > 0 THEN 'waiting' ELSE state END,
    ready_time = CASE WHEN state = 'queued' THEN create_time END,
    concurrency_key = job_name::text
WHERE end_time IS NULL;

ALTER TABLE scheduling.job_run
    ADD CONSTRAINT job_run_state_is_known CHECK (state IN
        ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'skipped')),
    ADD CONSTRAINT job_run_cause_is_known CHECK (cause IN ('schedule', 'caller', 'backfill', 'job')),
    ADD CONSTRAINT job_run_has_its_time CHECK ((cause = 'caller') = (scheduled_time IS NULL)),
    ADD CONSTRAINT job_run_has_a_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    ADD CONSTRAINT job_run_is_ready CHECK ((state IN ('queued', 'waiting')) = (ready_time IS NOT NULL)),
    ADD CONSTRAINT job_run_has_ended
        CHECK ((state IN ('succeeded', 'failed', 'cancelled', 'skipped')) = (end_time IS NOT NULL)),
    ADD CONSTRAINT job_run_number_is_one UNIQUE (project_id, run_number);
ALTER TABLE scheduling.job_run FORCE ROW LEVEL SECURITY;

-- A time of the schedule runs once, however many replicas hear the clock strike. A backfill may run it again.
CREATE UNIQUE INDEX job_run_is_due_once ON scheduling.job_run (project_id, job_name, scheduled_time)
    WHERE cause IN ('schedule', 'job');
-- One run of a key at a time.
CREATE UNIQUE INDEX job_run_runs_alone ON scheduling.job_run (project_id, concurrency_key)
    WHERE state = 'running' AND concurrency_key IS NOT NULL;
CREATE INDEX job_run_waits_for_key ON scheduling.job_run (project_id, concurrency_key)
    WHERE state IN ('queued', 'waiting');
-- When somebody must look at it: it may begin, or its worker's lease has passed.
CREATE INDEX job_run_wakes ON scheduling.job_run ((coalesce(lease_until, ready_time))) WHERE end_time IS NULL;
CREATE INDEX job_run_ended ON scheduling.job_run (project_id, end_time) WHERE end_time IS NOT NULL;
CREATE INDEX job_run_of_job_ended ON scheduling.job_run (project_id, job_name, end_time) WHERE end_time IS NOT NULL;
CREATE INDEX job_run_by_age ON scheduling.job_run (project_id, run_id);

CREATE POLICY every_row_for_lookups ON scheduling.job_run FOR SELECT TO dendrite_owner USING (true);

-- What can be taken in all projects, the longest ready first.
CREATE FUNCTION scheduling.list_ready_runs(ready timestamptz, page_size integer)
RETURNS TABLE (project_id bigint, project_name text, job_name text, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.project_id, p.name::text, r.job_name::text, r.run_id
    FROM (
        SELECT w.project_id, w.job_name, w.run_id, coalesce(w.lease_until, w.ready_time) AS wake_time
        FROM scheduling.job_run w
        WHERE w.end_time IS NULL AND coalesce(w.lease_until, w.ready_time) <= ready
        ORDER BY coalesce(w.lease_until, w.ready_time) LIMIT page_size
    ) r
    JOIN branching.project p ON p.project_id = r.project_id
    ORDER BY r.wake_time, r.run_id
$$;

-- When the engine has something to do next, in any project; null: never.
CREATE FUNCTION scheduling.next_wake() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT least(
        (SELECT j.next_time FROM scheduling.job j WHERE j.next_time IS NOT NULL ORDER BY j.next_time LIMIT 1),
        (SELECT coalesce(r.lease_until, r.ready_time) FROM scheduling.job_run r
            WHERE r.end_time IS NULL AND coalesce(r.lease_until, r.ready_time) < 'infinity'
            ORDER BY coalesce(r.lease_until, r.ready_time) LIMIT 1)
    )
$$;

-- Which of these runs a worker must stop: a caller said so, another took over, or they are no more.
CREATE FUNCTION scheduling.list_stopped_runs(projects bigint[], jobs text[], runs uuid[], tokens bigint[])
RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT mine.run_id FROM unnest(projects, jobs, runs, tokens) AS mine (project_id, job_name, run_id, token)
    WHERE NOT EXISTS (
        SELECT FROM scheduling.job_run r
        WHERE r.project_id = mine.project_id AND r.job_name = mine.job_name AND r.run_id = mine.run_id
            AND r.fencing_token = mine.token AND r.state = 'running' AND r.cancel_time IS NULL
    )
$$;

ALTER TABLE scheduling.run_attempt ADD COLUMN error_code integer;

-- What a run says while it goes on.
CREATE TABLE scheduling.run_log (
    project_id bigint NOT NULL,
    job_name branching.resource_id NOT NULL,
    run_id uuid NOT NULL,
    line bigint NOT NULL CHECK (line >= 0),
    attempt integer NOT NULL,
    time timestamptz NOT NULL,
    -- The contract's LogLevel.
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
    message text NOT NULL CHECK (length(message) <= 4000),
    PRIMARY KEY (project_id, job_name, run_id, line),
    FOREIGN KEY (project_id, job_name, run_id) REFERENCES scheduling.job_run ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.run_log');

-- Many runs begin and end in a row's short life: their dead versions make room again soon.
ALTER TABLE scheduling.job_run SET (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000
);

GRANT SELECT, INSERT ON scheduling.run_log TO dendrite_scheduler_service;
GRANT EXECUTE ON FUNCTION scheduling.list_ready_runs(timestamptz, integer), scheduling.next_wake(),
    scheduling.list_stopped_runs(bigint[], text[], uuid[], bigint[]) TO dendrite_scheduler_service;
