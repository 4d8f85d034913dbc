SET LOCAL ROLE dendrite_owner;

-- Experiments as a declared sequence of steps.
CREATE TABLE scheduling.workflow (
    project_id bigint NOT NULL,
    workflow_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- Also the id of the job whose runs its runs are.
    name branching.resource_id NOT NULL,
    -- What callers set, as the contract's JSON.
    definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, workflow_id),
    CONSTRAINT workflow_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('scheduling.workflow');

-- How far a run of a workflow is. Written under the fencing token of the run: whoever goes on after a death finds what
-- was done, and whoever was taken over from changes nothing more.
CREATE TABLE scheduling.workflow_run (
    project_id bigint NOT NULL,
    job_name branching.resource_id NOT NULL,
    run_id uuid NOT NULL,
    -- Id of the workflow; it may be gone by now.
    workflow branching.resource_id NOT NULL,
    -- As it was when the run began: what is changed later is for later runs.
    definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
    -- Parts of the branch's name that the caller gave.
    template_values jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(template_values) = 'object'),
    -- Its steps, its branch, what failed and what was done about it; null before its first attempt.
    state jsonb CHECK (jsonb_typeof(state) = 'object'),
    PRIMARY KEY (project_id, job_name, run_id),
    FOREIGN KEY (project_id, job_name, run_id) REFERENCES scheduling.job_run ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.workflow_run');

-- How often a caller had a failed run tried again: what the end of a run brought about is then taken back once.
ALTER TABLE scheduling.job_run ADD COLUMN retries integer NOT NULL DEFAULT 0 CHECK (retries >= 0);

GRANT SELECT, INSERT, DELETE ON scheduling.workflow TO dendrite_scheduler_service;
GRANT UPDATE (definition, update_time, revision) ON scheduling.workflow TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.workflow_run TO dendrite_scheduler_service;
