-- Who may do what, before there is anything to do it with.
--
-- dendrite_owner owns every object and can log in nowhere. It is no superuser, so row-level security, which is forced
-- on every table of a project, holds inside SECURITY DEFINER functions too. Later migrations begin with SET LOCAL ROLE.
-- dendrite_service is what all services have in common; one role for each service adds its own grants. Login roles are
-- members of those, made by src/Migrations with passwords from the configuration, and appear in no migration.
--
-- Roles belong to the whole server: another database of it may have made them already, or be making them now.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'dendrite_owner', 'dendrite_service',
        'dendrite_branch_service', 'dendrite_ingest_service',
        'dendrite_comparison_service', 'dendrite_scheduler_service'
    ] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;

    FOREACH role_name IN ARRAY ARRAY[
        'dendrite_branch_service', 'dendrite_ingest_service',
        'dendrite_comparison_service', 'dendrite_scheduler_service'
    ] LOOP
        IF NOT pg_has_role(role_name, 'dendrite_service', 'MEMBER') THEN
            EXECUTE format('GRANT dendrite_service TO %I', role_name);
        END IF;
    END LOOP;

    IF NOT pg_has_role(current_user, 'dendrite_owner', 'MEMBER') THEN
        EXECUTE format('GRANT dendrite_owner TO %I', current_user);
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dendrite_service', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA access AUTHORIZATION dendrite_owner;
CREATE SCHEMA branching AUTHORIZATION dendrite_owner;
CREATE SCHEMA records AUTHORIZATION dendrite_owner;
CREATE SCHEMA signals AUTHORIZATION dendrite_owner;
CREATE SCHEMA comparison AUTHORIZATION dendrite_owner;
CREATE SCHEMA scheduling AUTHORIZATION dendrite_owner;

-- A function is for the roles that a migration names, never for everyone.
ALTER DEFAULT PRIVILEGES FOR ROLE dendrite_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA access, branching TO dendrite_service;
