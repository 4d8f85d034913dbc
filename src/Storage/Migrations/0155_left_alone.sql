SET LOCAL ROLE dendrite_owner;

-- An attempt that only found no place to wait is taken back.
GRANT DELETE ON scheduling.run_attempt TO dendrite_scheduler_service;

-- As in 0090 and 0091, but for projects that a replica leaves alone for a while: their rows would fill the page, and
-- hold up those of all others.
CREATE FUNCTION scheduling.list_due_jobs(due timestamptz, page_size integer, left_out bigint[])
RETURNS TABLE (project_id bigint, project_name text, job_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT j.project_id, p.name::text, j.name::text
    FROM (
        SELECT d.project_id, d.name, d.next_time FROM scheduling.job d
        WHERE d.next_time <= due AND d.project_id <> ALL (left_out)
        ORDER BY d.next_time LIMIT page_size
    ) j
    JOIN branching.project p ON p.project_id = j.project_id
    ORDER BY j.next_time
$$;

CREATE FUNCTION scheduling.list_ready_runs(ready timestamptz, page_size integer, left_out bigint[])
RETURNS TABLE (project_id bigint, project_name text, job_name text, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.project_id, p.name::text, r.job_name::text, r.run_id
    FROM (
        SELECT w.project_id, w.job_name, w.run_id, coalesce(w.lease_until, w.ready_time) AS wake_time
        FROM scheduling.job_run w
        WHERE w.end_time IS NULL AND coalesce(w.lease_until, w.ready_time) <= ready
            AND w.project_id <> ALL (left_out)
        ORDER BY coalesce(w.lease_until, w.ready_time) LIMIT page_size
    ) r
    JOIN branching.project p ON p.project_id = r.project_id
    ORDER BY r.wake_time, r.run_id
$$;

REVOKE ALL ON FUNCTION scheduling.list_due_jobs(timestamptz, integer, bigint[]),
    scheduling.list_ready_runs(timestamptz, integer, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scheduling.list_due_jobs(timestamptz, integer, bigint[]),
    scheduling.list_ready_runs(timestamptz, integer, bigint[]) TO dendrite_scheduler_service;
