SET LOCAL ROLE dendrite_owner;

-- A rule may be about warnings of retention too. Which figures there are, the service says: it refuses others.
ALTER TABLE scheduling.alert_rule DROP CONSTRAINT IF EXISTS alert_rule_metric_check;
ALTER TABLE scheduling.alert_rule ADD CONSTRAINT alert_rule_metric_is_a_word CHECK (metric ~ '^[a-z_]{1,63}$');

-- Of which warnings the channels of a rule were told: written with the messages, so each is told once. Another end of
-- the same branch is another warning.
CREATE TABLE scheduling.retention_told (
    project_id bigint NOT NULL,
    alert_rule_id bigint NOT NULL,
    branch_uid uuid NOT NULL,
    due_time timestamptz NOT NULL,
    PRIMARY KEY (project_id, alert_rule_id, branch_uid),
    FOREIGN KEY (project_id, alert_rule_id) REFERENCES scheduling.alert_rule ON DELETE CASCADE,
    FOREIGN KEY (project_id, branch_uid) REFERENCES scheduling.retention_notice ON DELETE CASCADE
);
CREATE INDEX retention_told_of_branch ON scheduling.retention_told (project_id, branch_uid);
SELECT branching.isolate('scheduling.retention_told');

GRANT SELECT, INSERT, UPDATE ON scheduling.retention_told TO dendrite_scheduler_service;
