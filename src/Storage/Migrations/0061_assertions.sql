-- What must hold of a project's data wherever something is merged: queries that must return no row. They are run by a
-- login role that reaches nothing of this database (0062), never by a service's own.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE branching.assertion (
    project_id bigint NOT NULL,
    assertion_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    uid uuid NOT NULL,
    sql text NOT NULL CHECK (length(sql) BETWEEN 1 AND 20000),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
    severity text NOT NULL CHECK (severity IN ('error', 'warning')),
    creator text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, assertion_id),
    CONSTRAINT assertion_name_is_taken UNIQUE (project_id, name)
);

SELECT branching.isolate('branching.assertion');

GRANT SELECT, INSERT, DELETE ON branching.assertion TO dendrite_branch_service;
GRANT UPDATE (sql, description, severity, update_time, revision) ON branching.assertion TO dendrite_branch_service;
