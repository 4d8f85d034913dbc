SET LOCAL ROLE dendrite_owner;

-- What is watched, and who is told.
CREATE TABLE scheduling.alert_rule (
    project_id bigint NOT NULL,
    alert_rule_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    metric text NOT NULL CHECK (metric IN ('success_ratio', 'run_seconds', 'seconds_since_success',
        'start_delay_seconds', 'queued_runs', 'disk_used_ratio', 'bloat_ratio')),
    -- Id of the job that it is about; empty: all of the project.
    job text NOT NULL DEFAULT '',
    comparison text NOT NULL CHECK (comparison IN ('above', 'below')),
    threshold double precision NOT NULL CHECK (threshold BETWEEN -1e300 AND 1e300),
    hold interval NOT NULL CHECK (hold >= interval '0'),
    -- Null: as hold.
    recovery_hold interval CHECK (recovery_hold >= interval '0'),
    -- The contract's AlertChannel messages as JSON.
    channels jsonb NOT NULL CHECK (jsonb_typeof(channels) = 'array'),
    -- HH:MM-HH:MM; empty: never.
    quiet_hours text NOT NULL DEFAULT '' CHECK (length(quiet_hours) <= 11),
    time_zone text NOT NULL DEFAULT '' CHECK (length(time_zone) <= 64),
    disabled boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, alert_rule_id),
    CONSTRAINT alert_rule_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('scheduling.alert_rule');

-- Where a rule stands between two looks. Apart from the rule: looking is no change that an etag tells of.
CREATE TABLE scheduling.alert_state (
    project_id bigint NOT NULL,
    alert_rule_id bigint NOT NULL,
    phase text NOT NULL CHECK (phase IN ('quiet', 'pending', 'firing', 'recovering')),
    -- Since when it is in this phase.
    since timestamptz NOT NULL,
    -- What the rule watched then: of a rule that watches something else by now it says nothing.
    subject text NOT NULL CHECK (length(subject) <= 200),
    PRIMARY KEY (project_id, alert_rule_id),
    FOREIGN KEY (project_id, alert_rule_id) REFERENCES scheduling.alert_rule ON DELETE CASCADE
);
SELECT branching.isolate('scheduling.alert_state');

-- What was not as it should be. It outlives its rule, so it names it and does not refer to it.
CREATE TABLE scheduling.alert (
    project_id bigint NOT NULL,
    -- Of version 7: newer ones are greater.
    alert_id uuid NOT NULL,
    -- The rule's number, which no later rule of the same name has; and what it was called.
    alert_rule_id bigint NOT NULL,
    rule branching.resource_id NOT NULL,
    summary text NOT NULL CHECK (length(summary) <= 1000),
    value double precision NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz,
    PRIMARY KEY (project_id, alert_id)
);
CREATE UNIQUE INDEX alert_is_open_once ON scheduling.alert (project_id, alert_rule_id) WHERE end_time IS NULL;
SELECT branching.isolate('scheduling.alert');

-- Messages on their way: written in the transaction that makes or ends the alert, so none is lost and none is made
-- twice, and kept when sent, as the record of who was told.
CREATE TABLE scheduling.alert_delivery (
    project_id bigint NOT NULL,
    -- Receivers see it, and know a message by it that comes again.
    delivery_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('firing', 'resolved')),
    -- The contract's AlertChannel as JSON, as it was then, and its SHA-256.
    channel jsonb NOT NULL,
    channel_digest bytea NOT NULL CHECK (length(channel_digest) = 32),
    -- The document that says it.
    message jsonb NOT NULL,
    quiet_hours text NOT NULL DEFAULT '',
    time_zone text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- From when on it may be taken: its next attempt, or the end of the lease of whoever sends it. Null once it ended.
    ready_time timestamptz,
    -- Of whoever sends it, so that who was taken over writes nothing more.
    fencing_token bigint NOT NULL DEFAULT 0,
    -- What went wrong, or why it was dropped.
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    PRIMARY KEY (project_id, delivery_id),
    FOREIGN KEY (project_id, alert_id) REFERENCES scheduling.alert ON DELETE CASCADE,
    -- One message that it began and one that it is over, for each alert and channel.
    CONSTRAINT alert_delivery_is_one UNIQUE (project_id, alert_id, kind, channel_digest),
    CHECK ((state = 'queued') = (ready_time IS NOT NULL)),
    CHECK ((state = 'queued') = (end_time IS NULL))
);
CREATE INDEX alert_delivery_is_ready ON scheduling.alert_delivery (ready_time) WHERE state = 'queued';
SELECT branching.isolate('scheduling.alert_delivery');

-- When the rules of a project were last looked at: replicas that wake at once meet at this row.
CREATE TABLE scheduling.alert_look (
    project_id bigint NOT NULL,
    look_time timestamptz NOT NULL,
    PRIMARY KEY (project_id)
);
SELECT branching.isolate('scheduling.alert_look');

GRANT SELECT, INSERT, DELETE ON scheduling.alert_rule TO dendrite_scheduler_service;
GRANT UPDATE (display_name, metric, job, comparison, threshold, hold, recovery_hold, channels, quiet_hours, time_zone,
        disabled, update_time, revision)
    ON scheduling.alert_rule TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.alert_state TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.alert TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.alert_delivery TO dendrite_scheduler_service;
GRANT SELECT, INSERT, UPDATE ON scheduling.alert_look TO dendrite_scheduler_service;

-- Messages are due in any project: the lookups alone, running as the owner, see every row.
CREATE POLICY every_row_for_lookups ON scheduling.alert_delivery FOR SELECT TO dendrite_owner USING (true);

-- Messages of all projects that may be taken, the longest ready first. That it is over is told after that it began.
CREATE FUNCTION scheduling.list_ready_deliveries(ready timestamptz, page_size integer)
RETURNS TABLE (project_id bigint, project_name text, delivery_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.project_id, p.name::text, d.delivery_id
    FROM (
        SELECT q.project_id, q.delivery_id, q.ready_time FROM scheduling.alert_delivery q
        WHERE q.state = 'queued' AND q.ready_time <= ready AND (q.kind = 'firing' OR NOT EXISTS (
            SELECT FROM scheduling.alert_delivery f
            WHERE f.project_id = q.project_id AND f.alert_id = q.alert_id AND f.kind = 'firing'
                AND f.channel_digest = q.channel_digest AND f.state = 'queued'))
        ORDER BY q.ready_time LIMIT page_size
    ) d
    JOIN branching.project p ON p.project_id = d.project_id
    ORDER BY d.ready_time, d.delivery_id
$$;
GRANT EXECUTE ON FUNCTION scheduling.list_ready_deliveries(timestamptz, integer) TO dendrite_scheduler_service;
