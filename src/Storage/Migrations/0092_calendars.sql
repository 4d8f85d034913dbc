SET LOCAL ROLE dendrite_owner;

-- Days on which jobs do not run.
CREATE TABLE scheduling.calendar (
    project_id bigint NOT NULL,
    calendar_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 63),
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    time_zone text NOT NULL DEFAULT '' CHECK (length(time_zone) <= 64),
    business_days_only boolean NOT NULL DEFAULT false,
    -- Each YYYY-MM-DD.
    holidays text[] NOT NULL DEFAULT '{}' CHECK (cardinality(holidays) <= 1000),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, calendar_id),
    CONSTRAINT calendar_name_is_taken UNIQUE (project_id, name)
);
SELECT branching.isolate('scheduling.calendar');

-- A schedule never names a calendar that is not there.
ALTER TABLE scheduling.job ADD CONSTRAINT job_calendar_is_there
    FOREIGN KEY (project_id, calendar) REFERENCES scheduling.calendar (project_id, name);

GRANT SELECT, INSERT, UPDATE, DELETE ON scheduling.calendar TO dendrite_scheduler_service;
