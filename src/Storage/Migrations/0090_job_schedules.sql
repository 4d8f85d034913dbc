SET LOCAL ROLE dendrite_owner;

-- A job as the contract has it: schedule, task and policy as the contract's JSON, and beside them, in columns, what the
-- engine asks for in bulk.
ALTER TABLE scheduling.job NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scheduling.job DROP CONSTRAINT job_task_check;
ALTER TABLE scheduling.job RENAME COLUMN task TO task_kind;
ALTER TABLE scheduling.job
    ADD COLUMN job_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    -- Null: it runs only when a caller says so.
    ADD COLUMN schedule jsonb CHECK (jsonb_typeof(schedule) = 'object'),
    ADD COLUMN task jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(task) = 'object'),
    ADD COLUMN policy jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(policy) = 'object'),
    -- Since when the schedule is as it is: what intervals are counted from.
    ADD COLUMN schedule_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    -- Every time of the schedule up to here was run, skipped or counted as missed. Of a job that follows others: when
    -- it last ran.
    ADD COLUMN cursor_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    -- When the engine looks at it next; null: not by itself. The past at first, so that it looks at once.
    ADD COLUMN next_time timestamptz DEFAULT statement_timestamp(),
    -- When a run comes next by itself, for people: unlike next_time never a day that the calendar leaves out.
    ADD COLUMN next_run_time timestamptz,
    -- Id of the calendar that its schedule names.
    ADD COLUMN calendar text COLLATE "C",
    -- Ids of the jobs that it follows.
    ADD COLUMN after_jobs text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN started_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN succeeded_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN failed_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN missed_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN skipped_count bigint NOT NULL DEFAULT 0,
    -- Runs that failed since the last one that did not.
    ADD COLUMN failures_in_row integer NOT NULL DEFAULT 0;

UPDATE scheduling.job SET
    schedule = jsonb_build_object('cron', jsonb_build_object('expression', cron, 'timeZone', time_zone)),
    task = jsonb_build_object(task_kind, '{}'::jsonb),
    next_time = CASE WHEN pause_time IS NULL THEN next_time END;

ALTER TABLE scheduling.job
    DROP COLUMN cron,
    DROP COLUMN time_zone,
    ALTER COLUMN task DROP DEFAULT,
    ALTER COLUMN schedule_time DROP DEFAULT,
    ALTER COLUMN cursor_time DROP DEFAULT,
    ALTER COLUMN next_time DROP DEFAULT,
    -- The member of the contract's JobTask that is set.
    ADD CONSTRAINT job_task_is_known CHECK (task_kind IN
        ('retention', 'sync_source', 'backup_plan', 'workflow', 'restore_drill', 'maintenance')),
    ADD CONSTRAINT job_paused_is_not_due CHECK (pause_time IS NULL OR next_time IS NULL),
    ADD CONSTRAINT job_id_is_one UNIQUE (project_id, job_id);
-- Counters and times change with every run: room on the page for a row's next versions.
ALTER TABLE scheduling.job SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE scheduling.job FORCE ROW LEVEL SECURITY;

CREATE INDEX job_is_due ON scheduling.job (next_time) WHERE next_time IS NOT NULL;
CREATE INDEX job_follows ON scheduling.job USING gin (after_jobs) WHERE after_jobs <> '{}';
CREATE INDEX job_by_next_run ON scheduling.job (project_id, next_run_time, name);
CREATE INDEX job_by_calendar ON scheduling.job (project_id, calendar) WHERE calendar IS NOT NULL;

-- Jobs are due in any project: the lookup alone, running as the owner, sees every row.
CREATE POLICY every_row_for_lookups ON scheduling.job FOR SELECT TO dendrite_owner USING (true);

-- What is due in all projects, the longest due first.
CREATE FUNCTION scheduling.list_due_jobs(due timestamptz, page_size integer)
RETURNS TABLE (project_id bigint, project_name text, job_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT j.project_id, p.name::text, j.name::text
    FROM (
        SELECT d.project_id, d.name, d.next_time FROM scheduling.job d
        WHERE d.next_time <= due ORDER BY d.next_time LIMIT page_size
    ) j
    JOIN branching.project p ON p.project_id = j.project_id
    ORDER BY j.next_time
$$;

GRANT EXECUTE ON FUNCTION scheduling.list_due_jobs(timestamptz, integer) TO dendrite_scheduler_service;
GRANT DELETE ON scheduling.job, scheduling.job_run TO dendrite_scheduler_service;
