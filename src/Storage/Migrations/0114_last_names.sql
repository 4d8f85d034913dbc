-- What a branch was called last outlives it: history says where a commit was made, also after that branch was purged.
SET LOCAL ROLE dendrite_owner;

-- Of a purged branch; null while it lives, since it is renamed then, and where it was purged before names were kept.
ALTER TABLE branching.timeline ADD COLUMN branch_name text;

-- As in 0017, and the name is kept.
CREATE OR REPLACE FUNCTION branching.purge(p_limit integer, p_actor text) RETURNS TABLE (branch_id bigint, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    FOR branch_id, name IN
        SELECT b.branch_id, b.name FROM branching.branch b
        WHERE b.project_id = p_project_id AND b.purge_time <= clock_timestamp() AND NOT b.protected
        ORDER BY b.purge_time
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE branching.timeline t
        SET purge_time = statement_timestamp(), seal = 'deleted', branch_name = purge.name
        WHERE t.project_id = p_project_id AND t.branch_id = purge.branch_id;
        DELETE FROM branching.vector_entry e USING branching.timeline t
        WHERE t.project_id = p_project_id AND t.branch_id = purge.branch_id
            AND e.project_id = p_project_id AND e.timeline_id = t.timeline_id;
        DELETE FROM branching.branch b WHERE b.project_id = p_project_id AND b.branch_id = purge.branch_id;
        INSERT INTO branching.audit_entry (project_id, actor, method, resource)
        SELECT p_project_id, p_actor, 'PurgeBranch', format('projects/%s/branches/%s', p.name, purge.name)
        FROM branching.project p WHERE p.project_id = p_project_id;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Of branches that were purged before, those that were merged: their merges know a name. The owner sees the rows of all
-- projects for once.
ALTER TABLE branching.timeline NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.merge NO FORCE ROW LEVEL SECURITY;

UPDATE branching.timeline t SET branch_name = known.source_name
FROM (
    SELECT DISTINCT ON (m.project_id, m.source_branch_id) m.project_id, m.source_branch_id, m.source_name
    FROM branching.merge m
    ORDER BY m.project_id, m.source_branch_id, m.merge_id DESC
) AS known
WHERE t.purge_time IS NOT NULL AND t.project_id = known.project_id AND t.branch_id = known.source_branch_id;

ALTER TABLE branching.timeline FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.merge FORCE ROW LEVEL SECURITY;
