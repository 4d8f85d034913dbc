SET LOCAL ROLE dendrite_owner;

CREATE DOMAIN branching.resource_id AS text COLLATE "C"
    CHECK (VALUE ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$');

-- No table refers to project or to a parent's timeline by a foreign key: each insert would lock the one row that
-- everybody shares (a multixact), and neither is ever deleted while something refers to it.
CREATE TABLE branching.project (
    project_id bigint PRIMARY KEY,
    name branching.resource_id NOT NULL UNIQUE,
    uid uuid NOT NULL UNIQUE,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
    labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    branch_naming_templates jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(branch_naming_templates) = 'object'),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1
);

CREATE SEQUENCE branching.project_id_sequence OWNED BY branching.project.project_id;

SELECT branching.isolate('branching.project');

-- The lookups below come before a project is known, or go over all of them: they alone, running as the owner, see every
-- row.
CREATE POLICY every_row_for_lookups ON branching.project FOR SELECT TO dendrite_owner USING (true);

CREATE FUNCTION branching.find_project(wanted text) RETURNS SETOF branching.project
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM branching.project WHERE name = wanted $$;

CREATE FUNCTION branching.list_projects(after_name text, page_size integer) RETURNS SETOF branching.project
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM branching.project WHERE name > after_name ORDER BY name LIMIT page_size $$;

GRANT SELECT ON branching.project TO dendrite_service;
GRANT EXECUTE ON FUNCTION branching.find_project(text) TO dendrite_service;
GRANT EXECUTE ON FUNCTION branching.list_projects(text, integer) TO dendrite_branch_service, dendrite_scheduler_service;
GRANT UPDATE (display_name, description, labels, branch_naming_templates, update_time, revision)
    ON branching.project TO dendrite_branch_service;
