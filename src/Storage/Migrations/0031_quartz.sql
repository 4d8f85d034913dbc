SET LOCAL ROLE dendrite_owner;

-- The tables that Quartz 4 keeps its clock in, shared by all replicas of the scheduler. Their shape is Quartz's own;
-- times are its ticks. They hold which job is due when and no data of a project, so they have no project and no row
-- security: the one role that may touch them is the guard.
CREATE TABLE scheduling.qrtz_job_details (
    sched_name text, job_name text, job_group text,
    description text, job_class_name text NOT NULL, is_durable boolean NOT NULL, is_nonconcurrent boolean NOT NULL,
    is_update_data boolean NOT NULL, requests_recovery boolean NOT NULL, job_data bytea,
    PRIMARY KEY (sched_name, job_name, job_group)
);

CREATE TABLE scheduling.qrtz_triggers (
    sched_name text, trigger_name text, trigger_group text,
    job_name text NOT NULL, job_group text NOT NULL, description text,
    next_fire_time bigint, prev_fire_time bigint, priority integer,
    trigger_state text NOT NULL, trigger_type text NOT NULL,
    start_time bigint NOT NULL, end_time bigint, calendar_name text, misfire_instr smallint,
    misfire_orig_fire_time bigint,
    execution_group text, preferred_node text, preferred_node_auto boolean NOT NULL DEFAULT false,
    retry_policy text, retry_attempt integer, continues_trigger_name text, continues_trigger_group text,
    continuation_condition integer, overlap_policy integer, pause_reason text, paused_by text, paused_at bigint,
    misfire_threshold bigint, fixed_delay boolean, job_data bytea,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, job_name, job_group) REFERENCES scheduling.qrtz_job_details
);
CREATE INDEX qrtz_triggers_of_job ON scheduling.qrtz_triggers (sched_name, job_name, job_group);
CREATE INDEX qrtz_triggers_of_group ON scheduling.qrtz_triggers (sched_name, trigger_group, trigger_name);
CREATE INDEX qrtz_triggers_due
    ON scheduling.qrtz_triggers (sched_name, trigger_state, next_fire_time, priority DESC, misfire_instr);

CREATE TABLE scheduling.qrtz_simple_triggers (
    sched_name text, trigger_name text, trigger_group text,
    repeat_count bigint NOT NULL, repeat_interval bigint NOT NULL, times_triggered bigint NOT NULL,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES scheduling.qrtz_triggers ON DELETE CASCADE
);

CREATE TABLE scheduling.qrtz_cron_triggers (
    sched_name text, trigger_name text, trigger_group text,
    cron_expression text NOT NULL, time_zone_id text,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES scheduling.qrtz_triggers ON DELETE CASCADE
);

CREATE TABLE scheduling.qrtz_simprop_triggers (
    sched_name text, trigger_name text, trigger_group text,
    str_prop_1 text, str_prop_2 text, str_prop_3 text, int_prop_1 integer, int_prop_2 integer,
    long_prop_1 bigint, long_prop_2 bigint, dec_prop_1 numeric, dec_prop_2 numeric,
    bool_prop_1 boolean, bool_prop_2 boolean, time_zone_id text,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES scheduling.qrtz_triggers ON DELETE CASCADE
);

CREATE TABLE scheduling.qrtz_blob_triggers (
    sched_name text, trigger_name text, trigger_group text, blob_data bytea,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES scheduling.qrtz_triggers ON DELETE CASCADE
);

CREATE TABLE scheduling.qrtz_calendars (
    sched_name text, calendar_name text, calendar bytea NOT NULL,
    PRIMARY KEY (sched_name, calendar_name)
);

CREATE TABLE scheduling.qrtz_paused_trigger_grps (
    sched_name text, trigger_group text, pause_reason text, paused_by text, paused_at bigint,
    PRIMARY KEY (sched_name, trigger_group)
);

CREATE TABLE scheduling.qrtz_paused_job_grps (
    sched_name text, job_group text, pause_reason text, paused_by text, paused_at bigint,
    PRIMARY KEY (sched_name, job_group)
);

CREATE TABLE scheduling.qrtz_fired_triggers (
    sched_name text, entry_id text,
    trigger_name text NOT NULL, trigger_group text NOT NULL, instance_name text NOT NULL,
    fired_time bigint NOT NULL, sched_time bigint NOT NULL, priority integer NOT NULL, state text NOT NULL,
    job_name text, job_group text, is_nonconcurrent boolean NOT NULL, requests_recovery boolean,
    execution_group text, progress integer, progress_message text, interrupt_requested_time bigint,
    PRIMARY KEY (sched_name, entry_id)
);
CREATE INDEX qrtz_fired_triggers_of_instance
    ON scheduling.qrtz_fired_triggers (sched_name, instance_name, requests_recovery);
CREATE INDEX qrtz_fired_triggers_of_job ON scheduling.qrtz_fired_triggers (sched_name, job_name, job_group);

CREATE TABLE scheduling.qrtz_scheduler_state (
    sched_name text, instance_name text,
    last_checkin_time bigint NOT NULL, checkin_interval bigint NOT NULL, quartz_version text,
    PRIMARY KEY (sched_name, instance_name)
);

CREATE TABLE scheduling.qrtz_locks (
    sched_name text, lock_name text,
    PRIMARY KEY (sched_name, lock_name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    scheduling.qrtz_job_details, scheduling.qrtz_triggers, scheduling.qrtz_simple_triggers,
    scheduling.qrtz_cron_triggers,
    scheduling.qrtz_simprop_triggers, scheduling.qrtz_blob_triggers, scheduling.qrtz_calendars,
    scheduling.qrtz_paused_trigger_grps, scheduling.qrtz_paused_job_grps, scheduling.qrtz_fired_triggers,
    scheduling.qrtz_scheduler_state, scheduling.qrtz_locks
    TO dendrite_scheduler_service;
