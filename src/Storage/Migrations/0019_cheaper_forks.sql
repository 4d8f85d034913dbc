-- What every commit, fork and merge pays, in fewer steps. PL/pgSQL plans an expression once a connection, but again
-- whenever the search path is not that of the last time, and the functions below SECURITY DEFINER have their own: each
-- fork planned the expressions of current_project() twice. A function in SQL that is inlined has no plan of its own;
-- one that is not is planned for each call. Of a fork's 0.58 ms in the server that was 0.2.
SET LOCAL ROLE dendrite_owner;

CREATE FUNCTION branching.refuse_without_project() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RAISE EXCEPTION 'no project is set for this transaction' USING
        ERRCODE = 'DN001',
        HINT = 'Begin it with set_config(''dendrite.project_id'', …, true).';
END
$$;

-- As in 0002, but inlined.
CREATE OR REPLACE FUNCTION branching.current_project() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(
        nullif(current_setting('dendrite.project_id', true), ''), branching.refuse_without_project())::bigint
$$;

GRANT EXECUTE ON FUNCTION branching.refuse_without_project() TO dendrite_service;

-- As in 0012.
CREATE OR REPLACE FUNCTION branching.follows_naming(kind text, name text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    template text := (
        SELECT p.branch_naming_templates ->> follows_naming.kind FROM branching.project p
        WHERE p.project_id = branching.current_project());
BEGIN
    RETURN template IS NULL OR follows_naming.name ~ branching.naming_pattern(template);
END
$$;

-- As in 0016; the key of the lock is that of branching.vectors_lock(), and the first vectors of a project are empty.
CREATE OR REPLACE FUNCTION branching.check_vector_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    absorbed_count bigint;
    lost_count bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('branching.vectors', p_project_id));
    SELECT count(*) FILTER (WHERE line.absorbed_into_timeline_id IS NOT NULL),
        count(*) FILTER (WHERE line.timeline_id IS NULL OR line.doom_time IS NOT NULL
            OR added.through_version > line.head_version)
    INTO absorbed_count, lost_count
    FROM added
    -- By the key for each, whatever the planner thinks of how many there are: a project has 100,000 timelines.
    LEFT JOIN LATERAL (
        SELECT t.timeline_id, t.head_version, t.doom_time, t.absorbed_into_timeline_id FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.timeline_id = added.owner_timeline_id
        LIMIT 1
    ) AS line ON true;
    IF absorbed_count > 0 THEN
        lost_count := lost_count + branching.leave_out_implied(TG_TABLE_NAME);
    END IF;
    IF lost_count > 0 THEN
        RAISE EXCEPTION 'A branch or tag of what was read was removed for good in the meantime.' USING
            ERRCODE = 'serialization_failure', HINT = 'Try the same call again.';
    END IF;
    RETURN NULL;
END
$$;
