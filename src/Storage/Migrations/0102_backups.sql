SET LOCAL ROLE dendrite_owner;

-- What is backed up, where to, and how long it is kept. The stores themselves are configuration of the installation:
-- only their names stand here.
CREATE TABLE scheduling.backup_plan (
    project_id bigint NOT NULL,
    backup_plan_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    branch_filter text NOT NULL DEFAULT '' CHECK (length(branch_filter) <= 4000),
    tag_filter text NOT NULL DEFAULT '' CHECK (length(tag_filter) <= 4000),
    store branching.resource_id NOT NULL,
    -- Null: for ever.
    keep interval CHECK (keep > interval '0'),
    verify boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, backup_plan_id),
    CONSTRAINT backup_plan_name_is_taken UNIQUE (project_id, name)
);

-- A backup belongs to a plan by name only: it outlives it, and a plan of the same name has it again. What it holds
-- stands in its manifest, in the store; this row is what lists and deletions need of it.
CREATE TABLE scheduling.backup (
    project_id bigint NOT NULL,
    plan_name branching.resource_id NOT NULL,
    -- Made by the server: the instant of its state and eight random digits, so that names sort like instants.
    name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$'),
    store branching.resource_id NOT NULL,
    -- The operation that makes it; null where it was found in a store.
    operation_id text COLLATE "C",
    state text NOT NULL CHECK (state IN ('running', 'complete', 'failed', 'deleting')),
    -- The instant of the state that it holds.
    create_time timestamptz NOT NULL,
    complete_time timestamptz,
    verify_time timestamptz,
    expire_time timestamptz,
    total_bytes bigint NOT NULL DEFAULT 0 CHECK (total_bytes >= 0),
    added_bytes bigint NOT NULL DEFAULT 0 CHECK (added_bytes >= 0),
    -- SHA-256 of the manifest.
    digest bytea CHECK (length(digest) = 32),
    -- JSON of the contract's BackupItem messages.
    items jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(items) = 'array'),
    PRIMARY KEY (project_id, plan_name, name),
    CHECK ((state IN ('complete', 'deleting')) <= (digest IS NOT NULL AND complete_time IS NOT NULL))
);
CREATE UNIQUE INDEX backup_of_operation ON scheduling.backup (project_id, operation_id);
CREATE INDEX backup_expiry ON scheduling.backup (project_id, expire_time)
    WHERE expire_time IS NOT NULL AND state = 'complete';

-- The states that a backup in the making holds fast: each is a timeline of no branch that sees what its branch or tag
-- saw at that instant, so nothing of it is removed before the backup is done, also where its branch is purged.
CREATE TABLE scheduling.backup_hold (
    project_id bigint NOT NULL,
    plan_name branching.resource_id NOT NULL,
    backup_name text COLLATE "C" NOT NULL,
    resource_kind text NOT NULL CHECK (resource_kind IN ('branch', 'tag')),
    resource_name branching.resource_id NOT NULL,
    hold_timeline_id bigint NOT NULL,
    source_timeline_id bigint NOT NULL,
    version bigint NOT NULL CHECK (version >= 0),
    -- The row of the branch or tag as JSON: what it was called, by whom it was made, and so on.
    descriptor jsonb NOT NULL,
    PRIMARY KEY (project_id, plan_name, backup_name, resource_kind, resource_name),
    FOREIGN KEY (project_id, plan_name, backup_name) REFERENCES scheduling.backup ON DELETE CASCADE
);

-- Whoever removes objects that nothing refers to has a project's part of a store to itself for a while: a backup that
-- is begun meanwhile would count on objects that are about to go.
CREATE TABLE scheduling.backup_sweep (
    project_id bigint NOT NULL,
    store branching.resource_id NOT NULL,
    holder text NOT NULL,
    lease_until timestamptz NOT NULL,
    PRIMARY KEY (project_id, store)
);

SELECT branching.isolate('scheduling.backup_plan');
SELECT branching.isolate('scheduling.backup');
SELECT branching.isolate('scheduling.backup_hold');
SELECT branching.isolate('scheduling.backup_sweep');

GRANT SELECT, INSERT, UPDATE, DELETE
    ON scheduling.backup_plan, scheduling.backup, scheduling.backup_hold, scheduling.backup_sweep
    TO dendrite_scheduler_service;

-- Holds the states of branches and tags of one instant: one statement reads all of them. Again for the same backup: the
-- states that were held then.
CREATE FUNCTION scheduling.hold_states(p_plan text, p_backup text, p_branches text[], p_tags text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    PERFORM FROM scheduling.backup b
    WHERE b.project_id = p_project_id AND b.plan_name = p_plan AND b.name = p_backup AND b.state = 'running'
    FOR UPDATE;
    IF NOT FOUND OR EXISTS (
        SELECT FROM scheduling.backup_hold h
        WHERE h.project_id = p_project_id AND h.plan_name = p_plan AND h.backup_name = p_backup)
    THEN
        RETURN;
    END IF;
    WITH held AS MATERIALIZED (
        SELECT 'branch' AS kind, b.name, b.timeline_id, t.head_version AS version, to_jsonb(b) AS descriptor,
            nextval('branching.timeline_timeline_id_seq') AS hold_id, NULL::bigint AS tag_id
        FROM branching.branch b
        JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = b.timeline_id
        WHERE b.project_id = p_project_id AND b.name = ANY (p_branches) AND b.delete_time IS NULL
        UNION ALL
        SELECT 'tag', g.name, g.timeline_id, g.version, to_jsonb(g),
            nextval('branching.timeline_timeline_id_seq'), g.tag_id
        FROM branching.tag g
        WHERE g.project_id = p_project_id AND g.name = ANY (p_tags)
    ), lines AS (
        INSERT INTO branching.timeline (
            project_id, timeline_id, branch_id, start_version, head_version, head_hash, seal)
        OVERRIDING SYSTEM VALUE
        -- Of no branch: those of a branch lose their vectors when it is purged.
        SELECT p_project_id, held.hold_id, 0, 0, 0, decode(repeat('00', 32), 'hex'), 'reset' FROM held
    ), entries AS (
        INSERT INTO branching.vector_entry (
            project_id, timeline_id, owner_timeline_id, since_version, through_version)
        SELECT p_project_id, held.hold_id, seen.owner_timeline_id, seen.since_version, seen.through_version
        FROM held CROSS JOIN LATERAL (
            SELECT h.owner_timeline_id, h.since_version, h.through_version
            FROM branching.vector_history(held.timeline_id, NULL) h WHERE held.kind = 'branch'
            UNION ALL
            SELECT e.owner_timeline_id, e.since_version, e.through_version
            FROM branching.tag_entry e WHERE e.project_id = p_project_id AND e.tag_id = held.tag_id
        ) AS seen
    )
    INSERT INTO scheduling.backup_hold (
        project_id, plan_name, backup_name, resource_kind, resource_name, hold_timeline_id, source_timeline_id,
        version, descriptor)
    SELECT p_project_id, p_plan, p_backup, held.kind, held.name, held.hold_id, held.timeline_id, held.version,
        held.descriptor
    FROM held;
    UPDATE scheduling.backup b SET create_time = statement_timestamp()
    WHERE b.project_id = p_project_id AND b.plan_name = p_plan AND b.name = p_backup;
END
$$;

-- Lets go of the states that a backup held: nobody ever saw those timelines but it.
CREATE FUNCTION scheduling.release_states(p_plan text, p_backup text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    WITH gone AS (
        DELETE FROM scheduling.backup_hold h
        WHERE h.project_id = p_project_id AND h.plan_name = p_plan AND h.backup_name = p_backup
        RETURNING h.hold_timeline_id
    ), entries AS (
        DELETE FROM branching.vector_entry e USING gone
        WHERE e.project_id = p_project_id AND e.timeline_id = gone.hold_timeline_id
    )
    DELETE FROM branching.timeline t USING gone
    WHERE t.project_id = p_project_id AND t.timeline_id = gone.hold_timeline_id;
END
$$;

GRANT EXECUTE ON FUNCTION scheduling.hold_states(text, text, text[], text[]), scheduling.release_states(text, text)
    TO dendrite_scheduler_service;
