-- An operation whose worker died while the database's clock was ahead was taken over only when that time came. One
-- whose lease lies further ahead than any worker takes it, and clocks differ, is told of, to be set back. Otherwise as
-- in 0082, whose function stays for replicas of the version before.
SET LOCAL ROLE dendrite_owner;

CREATE FUNCTION branching.list_waiting_operations(methods text[], longest_lease interval, page_size integer)
RETURNS TABLE (project_id bigint, project_name text, operation_id text, is_ahead boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.project_id, p.name::text, o.operation_id, w.is_ahead
    FROM branching.operation o
    JOIN branching.project p ON p.project_id = o.project_id
    CROSS JOIN LATERAL (
        SELECT coalesce(o.lease_until > statement_timestamp() + longest_lease, false) AS is_ahead
    ) w
    WHERE o.method = ANY (methods) AND o.end_time IS NULL
        AND (o.state = 'pending' OR o.lease_until < statement_timestamp() OR w.is_ahead)
    ORDER BY o.create_time LIMIT page_size
$$;

REVOKE ALL ON FUNCTION branching.list_waiting_operations(text[], interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION branching.list_waiting_operations(text[], interval, integer)
    TO dendrite_comparison_service, dendrite_scheduler_service;
