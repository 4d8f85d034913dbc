SET LOCAL ROLE dendrite_owner;

-- Each end of a run wakes the jobs that follow its job. Row-level security asks for the project before any operator
-- that could tell of other rows, as those of arrays could, so the GIN index was no help and every job was looked at.
DROP INDEX scheduling.job_follows;
CREATE INDEX job_that_follows ON scheduling.job (project_id, name) WHERE after_jobs <> '{}';
