-- A project that was measured while a clock was ahead was not measured again until that time came. What lies further
-- ahead than clocks differ says nothing. Otherwise as in 0106, whose function stays for replicas of the version before.
SET LOCAL ROLE dendrite_owner;

-- Projects that were not measured from one instant to another, the longest first.
CREATE FUNCTION care.list_unmeasured_projects(p_since timestamptz, p_until timestamptz, page_size integer)
RETURNS TABLE (project_id bigint, name text, last_time timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.project_id, p.name::text, newest.look_time
    FROM branching.project p
    LEFT JOIN LATERAL (
        SELECT s.look_time FROM care.project_size s
        WHERE s.project_id = p.project_id AND s.look_time <= p_until ORDER BY s.look_time DESC LIMIT 1
    ) newest ON true
    WHERE newest.look_time IS NULL OR newest.look_time <= p_since
    ORDER BY newest.look_time NULLS FIRST, p.project_id
    LIMIT page_size
$$;
GRANT EXECUTE ON FUNCTION care.list_unmeasured_projects(timestamptz, timestamptz, integer)
    TO dendrite_scheduler_service;
