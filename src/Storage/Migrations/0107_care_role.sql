-- Who may vacuum. See docs/decisions/2026-11-21-who-may-vacuum.md: it cannot be a function with its owner's rights,
-- for neither VACUUM nor REINDEX CONCURRENTLY runs inside one.
DO $$
BEGIN
    BEGIN
        CREATE ROLE dendrite_care_service NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;

    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dendrite_care_service', current_database());
END
$$;

-- Gives the role what it needs and no more: where the server knows the privilege MAINTAIN (PostgreSQL 17), that on each
-- table of the platform; where it does not, membership in the owner, since only owners may vacuum there. Called by
-- every run of src/Migrations, so that tables which a migration adds are cared for, and so that a server that was
-- upgraded takes the membership back. Whoever calls it must be able to grant both.
CREATE FUNCTION care.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target regclass;
BEGIN
    IF current_setting('server_version_num')::integer < 170000 THEN
        IF NOT pg_has_role('dendrite_care_service', 'dendrite_owner', 'MEMBER') THEN
            GRANT dendrite_owner TO dendrite_care_service;
        END IF;
        RETURN;
    END IF;
    IF pg_has_role('dendrite_care_service', 'dendrite_owner', 'MEMBER') THEN
        REVOKE dendrite_owner FROM dendrite_care_service;
    END IF;
    FOR target IN
        SELECT c.oid FROM pg_class c
        WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND pg_get_userbyid(c.relowner) = 'dendrite_owner'
    LOOP
        EXECUTE format('GRANT MAINTAIN ON TABLE %s TO dendrite_care_service', target);
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION care.grant_rights() FROM PUBLIC;
SELECT care.grant_rights();

SET LOCAL ROLE dendrite_owner;

-- Removes what a REINDEX CONCURRENTLY left behind that was cut off: an index that nobody reads and every write pays
-- for. Nothing else can be named. Gives up where the table is in use: the next time comes.
CREATE FUNCTION care.drop_left_index(p_index_id oid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
    target text;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO target
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indexrelid = p_index_id AND NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
        AND pg_get_userbyid(c.relowner) = 'dendrite_owner';
    IF target IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE 'DROP INDEX ' || target;
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;
GRANT EXECUTE ON FUNCTION care.drop_left_index(oid) TO dendrite_scheduler_service;
