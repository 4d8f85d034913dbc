-- What a purged branch was forked from outlives it: what was forked from that branch, or from a tag of it since, is
-- reached through it in a graph of branches. Its timelines would not do: they go when nobody sees them.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE branching.purged_branch (
    project_id bigint NOT NULL,
    branch_id bigint NOT NULL,
    parent_branch_id bigint NOT NULL,
    PRIMARY KEY (project_id, branch_id)
);

CREATE INDEX purged_branch_children ON branching.purged_branch (project_id, parent_branch_id, branch_id);

SELECT branching.isolate('branching.purged_branch');

GRANT SELECT ON branching.purged_branch TO dendrite_service;

-- As in 0114, and what it was forked from is kept.
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
        WITH gone AS (
            DELETE FROM branching.branch b WHERE b.project_id = p_project_id AND b.branch_id = purge.branch_id
            RETURNING b.branch_id, b.parent_branch_id
        )
        INSERT INTO branching.purged_branch (project_id, branch_id, parent_branch_id)
        SELECT p_project_id, gone.branch_id, gone.parent_branch_id FROM gone WHERE gone.parent_branch_id IS NOT NULL;
        INSERT INTO branching.audit_entry (project_id, actor, method, resource)
        SELECT p_project_id, p_actor, 'PurgeBranch', format('projects/%s/branches/%s', p.name, purge.name)
        FROM branching.project p WHERE p.project_id = p_project_id;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Of branches that were purged before, those of which timelines are left. The owner sees the rows of all projects for
-- once.
ALTER TABLE branching.timeline NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.purged_branch NO FORCE ROW LEVEL SECURITY;

INSERT INTO branching.purged_branch (project_id, branch_id, parent_branch_id)
SELECT DISTINCT ON (line.project_id, line.branch_id) line.project_id, line.branch_id, parent.branch_id
FROM branching.timeline line
JOIN branching.timeline parent
    ON parent.project_id = line.project_id AND parent.timeline_id = line.parent_timeline_id
-- Those of no branch (0) came with a restore, or are held by a backup.
WHERE line.purge_time IS NOT NULL AND line.branch_id <> 0 AND parent.branch_id NOT IN (0, line.branch_id)
ORDER BY line.project_id, line.branch_id, line.timeline_id;

ALTER TABLE branching.timeline FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.purged_branch FORCE ROW LEVEL SECURITY;

-- Which branch a merge was of is said by the merge: found by its commit, and by its source.
CREATE INDEX merge_of_commit ON branching.merge (project_id, commit_version) WHERE commit_version IS NOT NULL;
CREATE INDEX merge_of_source ON branching.merge (project_id, source_branch_id) WHERE commit_version IS NOT NULL;
