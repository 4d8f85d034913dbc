SET LOCAL ROLE dendrite_owner;

-- What a run of retention is about to delete, written before it does: an attempt that goes on after a replica died
-- finds here what the earlier ones did, and says so in the run's record.
CREATE TABLE scheduling.retention_deletion (
    project_id bigint NOT NULL,
    job_name branching.resource_id NOT NULL,
    run_id uuid NOT NULL,
    branch_uid uuid NOT NULL,
    -- As it was called then.
    branch branching.resource_id NOT NULL,
    -- Empty: the branch's own expiry.
    policy text NOT NULL,
    reason text NOT NULL,
    freeable_bytes bigint NOT NULL,
    PRIMARY KEY (project_id, job_name, run_id, branch_uid)
);
SELECT branching.isolate('scheduling.retention_deletion');

GRANT SELECT, INSERT, DELETE ON scheduling.retention_deletion TO dendrite_scheduler_service;
