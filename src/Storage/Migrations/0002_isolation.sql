-- What keeps projects apart even if a query forgets to.
SET LOCAL ROLE dendrite_owner;

-- The project of this transaction: set by set_config('dendrite.project_id', …, true), so that it ends with the
-- transaction and a pooled connection never carries it on. Without it a query fails; it does not quietly see nothing.
CREATE FUNCTION branching.current_project() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    setting text := current_setting('dendrite.project_id', true);
BEGIN
    IF setting IS NULL OR setting = '' THEN
        RAISE EXCEPTION 'no project is set for this transaction' USING
            ERRCODE = 'DN001',
            HINT = 'Begin it with set_config(''dendrite.project_id'', …, true).';
    END IF;
    RETURN setting::bigint;
END
$$;

-- Makes a table one of a project: row-level security, forced also on the owner. The sub-select makes the planner ask
-- for the project once a query, not once a row.
CREATE FUNCTION branching.isolate(target regclass) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY rows_of_the_project ON %s USING (project_id = (SELECT branching.current_project()))', target);
END
$$;

GRANT EXECUTE ON FUNCTION branching.current_project() TO dendrite_service;
