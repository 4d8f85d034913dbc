SET LOCAL ROLE dendrite_owner;

-- One branch of a restore. A main without any commit takes the state of the one that was backed up: so an empty
-- platform gets its main back, with its owner. What was archived is; an expiry that has passed is left out, as where a
-- branch is undeleted.
CREATE OR REPLACE FUNCTION scheduling.restore_branch(p_branch jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    given record;
    new_branch_id bigint;
    old_timeline_id bigint;
    parent_id bigint;
BEGIN
    SELECT * INTO given FROM jsonb_to_record(p_branch) AS b (
        name text, uid uuid, timeline_id bigint, kind text, display_name text, description text, labels jsonb,
        owner text, protected boolean, parent_name text, fork_version bigint, experiment_state text,
        experiment_reason text, archive_time timestamptz, expire_time timestamptz, entries jsonb);
    SELECT b.branch_id, b.timeline_id INTO new_branch_id, old_timeline_id FROM branching.branch b
    JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = b.timeline_id
    WHERE b.project_id = p_project_id AND b.name = given.name AND b.kind = 'main'
        AND t.head_version = 0 AND given.kind = 'main'
    FOR UPDATE OF b, t;
    SELECT coalesce(max(b.branch_id) FILTER (WHERE b.name = given.parent_name), max(b.branch_id) FILTER (
        WHERE b.kind = 'main')) INTO parent_id
    FROM branching.branch b WHERE b.project_id = p_project_id AND (b.name = given.parent_name OR b.kind = 'main');
    IF new_branch_id IS NOT NULL THEN
        UPDATE branching.timeline t SET seal = 'reset'
        WHERE t.project_id = p_project_id AND t.timeline_id = old_timeline_id;
        UPDATE branching.branch b SET timeline_id = given.timeline_id, display_name = given.display_name,
            description = given.description, labels = given.labels, owner = given.owner,
            protected = given.protected, update_time = statement_timestamp(), revision = b.revision + 1
        WHERE b.project_id = p_project_id AND b.branch_id = new_branch_id;
    ELSE
        INSERT INTO branching.branch (
            project_id, name, uid, timeline_id, kind, display_name, description, labels, owner, protected,
            parent_branch_id, fork_version, experiment_state, experiment_time, experiment_actor, experiment_reason,
            archive_time, expire_time)
        SELECT p_project_id, given.name, given.uid, given.timeline_id, given.kind, given.display_name,
            given.description, given.labels, given.owner, given.protected, parent_id,
            coalesce(given.fork_version, 0), given.experiment_state,
            -- Retention counts from here: what was restored today is not deleted tonight.
            CASE WHEN given.experiment_state IS NOT NULL THEN statement_timestamp() END,
            CASE WHEN given.experiment_state IS NOT NULL THEN given.owner END, given.experiment_reason,
            given.archive_time,
            CASE WHEN given.expire_time > statement_timestamp() THEN given.expire_time END
        RETURNING branch_id INTO new_branch_id;
    END IF;
    UPDATE branching.timeline t
    SET branch_id = new_branch_id, seal = CASE WHEN b.archive_time IS NOT NULL THEN 'archived' END,
        purge_time = NULL, protected = b.protected
    FROM branching.branch b
    WHERE b.project_id = p_project_id AND b.branch_id = new_branch_id
        AND t.project_id = p_project_id AND t.timeline_id = given.timeline_id;
    INSERT INTO branching.vector_entry (
        project_id, timeline_id, owner_timeline_id, since_version, through_version)
    SELECT p_project_id, given.timeline_id, e.owner, e.since, e.through
    FROM jsonb_to_recordset(given.entries) AS e (owner bigint, since bigint, through bigint)
    -- What the timeline wrote itself is its head.
    WHERE e.owner <> given.timeline_id;
END
$$;
