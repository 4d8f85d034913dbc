-- Merges as stored objects: done, or waiting for decisions.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE branching.merge (
    project_id bigint NOT NULL,
    merge_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    source_branch_id bigint NOT NULL,
    target_branch_id bigint NOT NULL,
    -- As they were called when it was opened: it is also to be read when a branch was renamed or purged.
    source_name branching.resource_id NOT NULL,
    target_name branching.resource_id NOT NULL,
    -- The source's state that was asked for: JSON of a SnapshotPoint; null: its head.
    source_point jsonb,
    -- What the merge is about: the newest commits of both lines when it was last looked at.
    source_version bigint NOT NULL CHECK (source_version >= 0),
    target_version bigint NOT NULL CHECK (target_version >= 0),
    -- JSON of a MergePolicy, without decisions.
    policy jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(policy) = 'object'),
    state text NOT NULL CHECK (state IN ('waiting', 'ready', 'completed', 'abandoned')),
    -- How much it changes: JSON of MergeCounts.
    counts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(counts) = 'object'),
    message text NOT NULL DEFAULT '' CHECK (length(message) <= 4000),
    creator text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    end_time timestamptz,
    -- The commit that it made.
    commit_version bigint,
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, merge_id),
    CHECK ((commit_version IS NOT NULL) = (state = 'completed')),
    CHECK ((end_time IS NOT NULL) = (state IN ('completed', 'abandoned')))
);

-- Decisions by conflict. An id is made of what a conflict is about, values included, so a decision whose conflict has
-- changed meets none and says nothing.
CREATE TABLE branching.merge_decision (
    project_id bigint NOT NULL,
    merge_id bigint NOT NULL,
    conflict_id text NOT NULL CHECK (conflict_id ~ '^[0-9a-f]{32}$'),
    -- JSON of a Resolution.
    resolution jsonb NOT NULL CHECK (jsonb_typeof(resolution) = 'object'),
    resolver text NOT NULL,
    resolve_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id, merge_id, conflict_id),
    FOREIGN KEY (project_id, merge_id) REFERENCES branching.merge
);

SELECT branching.isolate('branching.merge');
SELECT branching.isolate('branching.merge_decision');

GRANT SELECT ON branching.merge, branching.merge_decision TO dendrite_service;
GRANT INSERT ON branching.merge, branching.merge_decision TO dendrite_branch_service;
GRANT UPDATE (source_version, target_version, state, counts, end_time, commit_version, revision)
    ON branching.merge TO dendrite_branch_service;
GRANT UPDATE (resolution, resolver, resolve_time) ON branching.merge_decision TO dendrite_branch_service;

-- A merge restates descriptors, anchors and annotations where the union of both sides would show another one.
GRANT INSERT ON signals.stream, signals.time_anchor, signals.annotation TO dendrite_branch_service;

-- What lies beyond a base, found without passing over what does not.
CREATE INDEX annotation_by_version ON signals.annotation (project_id, timeline_id, version);
CREATE INDEX time_anchor_by_version ON signals.time_anchor (project_id, timeline_id, version);

-- A timeline of no branch that stands where the target stands, to try a merge on inside a transaction that is undone:
-- the target's own writers do not wait for it. Returns null where the target has moved on.
CREATE FUNCTION branching.scratch_timeline(p_timeline_id bigint, p_head_version bigint) RETURNS bigint
LANGUAGE sql
AS $$
    INSERT INTO branching.timeline (
        project_id, timeline_id, branch_id, parent_timeline_id, start_version, head_version, head_hash, head_time)
    OVERRIDING SYSTEM VALUE
    SELECT t.project_id, nextval('branching.timeline_timeline_id_seq'), t.branch_id, t.timeline_id,
        t.head_version, t.head_version, t.head_hash, t.head_time
    FROM branching.timeline t
    WHERE t.project_id = (SELECT branching.current_project()) AND t.timeline_id = p_timeline_id
        AND t.head_version = p_head_version
    RETURNING timeline_id
$$;

GRANT EXECUTE ON FUNCTION branching.scratch_timeline(bigint, bigint) TO dendrite_branch_service;
