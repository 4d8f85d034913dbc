SET LOCAL ROLE dendrite_owner;

-- How long branches of some sort are kept.
CREATE TABLE scheduling.retention_policy (
    project_id bigint NOT NULL,
    retention_policy_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    -- Which branches, in the language of lists; empty: all.
    filter text NOT NULL DEFAULT '' CHECK (length(filter) <= 4000),
    basis text NOT NULL CHECK (basis IN ('create_time', 'head_time', 'experiment_end', 'expire_time')),
    keep interval NOT NULL CHECK (keep >= interval '1 minute'),
    warn_before interval CHECK (warn_before > interval '0' AND warn_before < keep),
    purge_after interval NOT NULL CHECK (purge_after >= interval '1 minute'),
    include_tagged boolean NOT NULL DEFAULT false,
    disabled boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, retention_policy_id),
    CONSTRAINT retention_policy_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('scheduling.retention_policy');

-- Which projects were given the policies that a project begins with: what was deleted since does not come back.
CREATE TABLE scheduling.retention_beginning (
    project_id bigint NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id)
);
-- A project that is here already was promised nothing of the sort: its branches stay until somebody makes a policy.
INSERT INTO scheduling.retention_beginning (project_id) SELECT project_id FROM branching.project;
SELECT branching.isolate('scheduling.retention_beginning');

-- Of which end the owner of a branch was last warned, and when; another end needs a warning of its own.
CREATE TABLE scheduling.retention_notice (
    project_id bigint NOT NULL,
    branch_uid uuid NOT NULL,
    -- As it was called then; for people.
    branch branching.resource_id NOT NULL,
    -- The policy that decided; empty: the branch's own expiry.
    policy text NOT NULL,
    due_time timestamptz NOT NULL,
    warn_time timestamptz NOT NULL,
    PRIMARY KEY (project_id, branch_uid)
);
SELECT branching.isolate('scheduling.retention_notice');

-- Which branches a run works on. A branch is held as long as the run has not ended.
CREATE TABLE scheduling.run_branch (
    project_id bigint NOT NULL,
    branch_uid uuid NOT NULL,
    job_name branching.resource_id NOT NULL,
    run_id uuid NOT NULL,
    PRIMARY KEY (project_id, branch_uid, job_name, run_id)
);
SELECT branching.isolate('scheduling.run_branch');

GRANT SELECT, INSERT, DELETE ON scheduling.retention_policy TO dendrite_scheduler_service;
GRANT UPDATE (
        display_name, filter, basis, keep, warn_before, purge_after, include_tagged, disabled, update_time, revision)
    ON scheduling.retention_policy TO dendrite_scheduler_service;
GRANT SELECT, INSERT ON scheduling.retention_beginning TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.retention_notice TO dendrite_scheduler_service;
GRANT SELECT, INSERT, DELETE ON scheduling.run_branch TO dendrite_scheduler_service;

-- Whether somebody streams into a branch; nothing of what.
GRANT SELECT (project_id, timeline_id, stream_id, writer, open_until) ON signals.writer TO dendrite_scheduler_service;

-- The few merges that wait, out of all that were ever made.
CREATE INDEX merge_open ON branching.merge (project_id, source_branch_id, target_branch_id) WHERE end_time IS NULL;

-- When a deleted branch was last restored: somebody wants it, so retention counts from then on.
ALTER TABLE branching.branch ADD COLUMN restore_time timestamptz;
GRANT UPDATE (restore_time) ON branching.branch TO dendrite_branch_service;
