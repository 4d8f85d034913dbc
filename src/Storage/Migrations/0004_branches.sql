SET LOCAL ROLE dendrite_owner;

-- A name with lifecycle and policy, pointing at one timeline. The name of a deleted branch stays taken until it is
-- purged, so that undelete cannot fail and a name says one thing.
CREATE TABLE branching.branch (
    project_id bigint NOT NULL,
    branch_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    uid uuid NOT NULL,
    timeline_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('main', 'experiment', 'trial', 'restore', 'system')),
    display_name text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
    labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    owner text NOT NULL,
    protected boolean NOT NULL DEFAULT false,
    -- Where it was forked from, as it was said then; null for main.
    parent_branch_id bigint,
    fork_version bigint CHECK (fork_version >= 0),
    fork_tag branching.resource_id,
    experiment_state text CHECK (experiment_state IN ('running', 'completed', 'failed')),
    experiment_time timestamptz,
    experiment_actor text,
    experiment_reason text CHECK (length(experiment_reason) <= 4000),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    expire_time timestamptz,
    archive_time timestamptz,
    delete_time timestamptz,
    purge_time timestamptz,
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, branch_id),
    CONSTRAINT branch_name_is_taken UNIQUE (project_id, name),
    CHECK ((delete_time IS NULL) = (purge_time IS NULL)),
    CHECK ((experiment_state IS NULL) = (experiment_time IS NULL)),
    CHECK ((parent_branch_id IS NULL) = (kind = 'main'))
);

CREATE INDEX branch_children ON branching.branch (project_id, parent_branch_id, branch_id);
CREATE INDEX branch_expiry ON branching.branch (project_id, expire_time)
    WHERE expire_time IS NOT NULL AND delete_time IS NULL;
CREATE INDEX branch_purge ON branching.branch (project_id, purge_time) WHERE purge_time IS NOT NULL;

-- The append-only owner of rows. Its row is the lock that orders the commits of one branch, and everything a commit
-- must check stands in it, so that the door locks and reads one row. Free space in each page keeps the head's updates
-- in place.
CREATE TABLE branching.timeline (
    project_id bigint NOT NULL,
    timeline_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    branch_id bigint NOT NULL,
    parent_timeline_id bigint,
    -- The newest commit seen at the fork, and now: the timeline has commits of its own once head exceeds start.
    start_version bigint NOT NULL CHECK (start_version >= 0),
    head_version bigint NOT NULL CHECK (head_version >= start_version),
    head_hash bytea NOT NULL CHECK (length(head_hash) = 32),
    head_time timestamptz,
    -- Why it takes no commits ('deleted', 'archived', 'reset'); null while it does.
    seal text CHECK (seal IN ('deleted', 'archived', 'reset')),
    -- Takes merges only.
    protected boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id, timeline_id)
) WITH (fillfactor = 60);

CREATE INDEX timeline_of_branch ON branching.timeline (project_id, branch_id);

-- What a timeline sees of others: every row of `owner` up to `through`, from the timeline's version `since` on (0: from
-- its fork; later: merged then). An entry is never changed: a further merge adds one with a higher `since`. So the
-- vector as of any version is the entries up to it, and what the timeline wrote itself is `head_version`.
CREATE TABLE branching.vector_entry (
    project_id bigint NOT NULL,
    timeline_id bigint NOT NULL,
    owner_timeline_id bigint NOT NULL,
    since_version bigint NOT NULL CHECK (since_version >= 0),
    through_version bigint NOT NULL CHECK (through_version > 0),
    PRIMARY KEY (project_id, timeline_id, owner_timeline_id, since_version),
    CHECK (owner_timeline_id <> timeline_id)
);

-- Who still sees this timeline: for garbage collection.
CREATE INDEX vector_entry_owner ON branching.vector_entry (project_id, owner_timeline_id);

SELECT branching.isolate('branching.branch');
SELECT branching.isolate('branching.timeline');
SELECT branching.isolate('branching.vector_entry');

GRANT SELECT ON branching.branch, branching.timeline, branching.vector_entry TO dendrite_service;
GRANT INSERT ON branching.branch, branching.timeline, branching.vector_entry TO dendrite_branch_service;
GRANT USAGE ON SEQUENCE branching.timeline_timeline_id_seq TO dendrite_branch_service;
GRANT UPDATE (
    name, timeline_id, kind, display_name, description, labels, owner, protected,
    experiment_state, experiment_time, experiment_actor, experiment_reason,
    update_time, expire_time, archive_time, delete_time, purge_time, revision
) ON branching.branch TO dendrite_branch_service;
GRANT UPDATE (seal, protected) ON branching.timeline TO dendrite_branch_service;
