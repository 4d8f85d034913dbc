SET LOCAL ROLE dendrite_owner;

-- Every version of every project. CACHE 1: a session that kept numbers back would hand out one that is lower than a
-- version its writer has seen already.
CREATE SEQUENCE branching.version AS bigint CACHE 1;

CREATE TABLE branching.commit (
    project_id bigint NOT NULL,
    version bigint NOT NULL,
    timeline_id bigint NOT NULL,
    -- The commit before it in the same timeline; 0 for the first. The parent hash goes on across the fork.
    parent_version bigint NOT NULL,
    parent_hash bytea NOT NULL,
    hash bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('append', 'write', 'merge', 'revert', 'pick')),
    author text NOT NULL CHECK (author <> '' AND length(author) <= 200),
    message text NOT NULL CHECK (length(message) <= 4000),
    commit_time timestamptz NOT NULL,
    -- SHA-256 of what was written.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    -- How much was written, such as {"samples": 30000}; counts only, not part of the hash.
    statistics jsonb NOT NULL,
    PRIMARY KEY (project_id, version)
);

CREATE UNIQUE INDEX commit_of_timeline ON branching.commit (project_id, timeline_id, version);
-- For "as it was at this instant".
CREATE INDEX commit_at_instant ON branching.commit (project_id, timeline_id, commit_time);

SELECT branching.isolate('branching.commit');

-- The bytes that Dendrite.Versioning.CommitHash describes.
CREATE FUNCTION branching.commit_hash(
    parent_hash bytea, project_id bigint, timeline_id bigint, version bigint, commit_time timestamptz,
    author text, message text, digest bytea
) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT sha256(
        convert_to('dendrite commit 1', 'UTF8') || parent_hash
        || int8send(project_id) || int8send(timeline_id) || int8send(version)
        || int8send((extract(epoch FROM commit_time) * 1000000)::bigint)
        || int4send(octet_length(convert_to(author, 'UTF8'))) || convert_to(author, 'UTF8')
        || int4send(octet_length(convert_to(message, 'UTF8'))) || convert_to(message, 'UTF8')
        || int4send(octet_length(digest)) || digest
    )
$$;

-- The one door to a new version. Called inside the writer's own transaction: the rows that the transaction writes bear
-- the version it returns, and are durable with the commit or not at all. Holds the timeline's row lock until the
-- transaction ends.
CREATE FUNCTION branching.commit(
    p_timeline_id bigint, p_kind text, p_author text, p_message text, p_digest bytea, p_statistics jsonb,
    OUT version bigint, OUT commit_time timestamptz, OUT hash bytea
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    line branching.timeline;
    p_project_id bigint := branching.current_project();
    is_first boolean;
    branch_name text;
BEGIN
    SELECT * INTO line FROM branching.timeline t
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id
    FOR UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'Timeline % does not exist in this project.', p_timeline_id USING ERRCODE = 'DN002';
    ELSIF line.seal IS NOT NULL OR (line.protected AND p_kind <> 'merge') THEN
        SELECT b.name INTO branch_name FROM branching.branch b
        WHERE b.project_id = p_project_id AND b.branch_id = line.branch_id;
        IF line.seal IS NOT NULL THEN
            RAISE EXCEPTION 'Branch ''%'' takes no writes: it is %.', branch_name,
                CASE line.seal WHEN 'reset' THEN 'reset; open it again to write to its new state' ELSE line.seal END
                USING ERRCODE = 'DN003';
        END IF;
        RAISE EXCEPTION
            'Branch ''%'' is protected and takes merges only: write to a branch of it and merge that.', branch_name
            USING ERRCODE = 'DN004';
    END IF;

    is_first := line.head_version = line.start_version;
    -- Only now, under the lock: version order is commit order.
    version := nextval('branching.version');
    -- Time does not go back along a line, whatever the server's clock does.
    commit_time := greatest(clock_timestamp(), line.head_time);
    hash := branching.commit_hash(
        line.head_hash, p_project_id, p_timeline_id, version, commit_time, p_author, p_message, p_digest);

    INSERT INTO branching.commit VALUES (
        p_project_id, version, p_timeline_id, CASE WHEN is_first THEN 0 ELSE line.head_version END,
        line.head_hash, hash, p_kind, p_author, p_message, commit_time, p_digest, p_statistics);
    UPDATE branching.timeline t
    SET head_version = commit.version, head_hash = commit.hash, head_time = commit.commit_time
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id;

    PERFORM set_config('dendrite.version', version::text, true);
END
$$;

-- The version of this transaction's last commit, so that a writer can send the commit and its rows in one batch.
CREATE FUNCTION branching.committed_version() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT current_setting('dendrite.version')::bigint $$;

-- The vector at a timeline's head: one row for each owner that it sees something of.
CREATE FUNCTION branching.vector_at_head(p_timeline_id bigint)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE sql STABLE
AS $$
    SELECT e.owner_timeline_id, max(e.through_version)
    FROM branching.vector_entry e
    WHERE e.project_id = (SELECT branching.current_project()) AND e.timeline_id = p_timeline_id
    GROUP BY e.owner_timeline_id
    UNION ALL
    SELECT t.timeline_id, t.head_version
    FROM branching.timeline t
    WHERE t.project_id = (SELECT branching.current_project()) AND t.timeline_id = p_timeline_id
        AND t.head_version > t.start_version
$$;

-- The entries of a timeline as of a version of its own past, before its fork too: what was merged later is left out,
-- and every owner is clipped to its last commit that is not later. Null is the head. This is also what a fork at that
-- version begins with.
CREATE FUNCTION branching.vector_history(p_timeline_id bigint, p_version bigint)
RETURNS TABLE (owner_timeline_id bigint, since_version bigint, through_version bigint)
LANGUAGE sql STABLE
AS $$
    SELECT seen.owner_timeline_id, seen.since_version, coalesce(clipped.version, seen.through_version)
    FROM (
        SELECT e.owner_timeline_id, e.since_version, e.through_version
        FROM branching.vector_entry e
        WHERE e.project_id = (SELECT branching.current_project()) AND e.timeline_id = p_timeline_id
            AND (p_version IS NULL OR e.since_version <= p_version)
        UNION ALL
        SELECT t.timeline_id, 0, t.head_version
        FROM branching.timeline t
        WHERE t.project_id = (SELECT branching.current_project()) AND t.timeline_id = p_timeline_id
            AND t.head_version > t.start_version
    ) AS seen
    LEFT JOIN LATERAL (
        SELECT c.version FROM branching.commit c
        WHERE c.project_id = (SELECT branching.current_project())
            AND c.timeline_id = seen.owner_timeline_id AND c.version <= p_version
        ORDER BY c.version DESC
        LIMIT 1
    ) AS clipped ON seen.through_version > p_version
    WHERE seen.through_version <= p_version OR clipped.version IS NOT NULL OR p_version IS NULL
$$;

-- The vector as of a version: one row for each owner.
CREATE FUNCTION branching.vector_as_of(p_timeline_id bigint, p_version bigint)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE sql STABLE
AS $$
    SELECT h.owner_timeline_id, max(h.through_version)
    FROM branching.vector_history(p_timeline_id, p_version) h
    GROUP BY h.owner_timeline_id
$$;

-- The last version of a timeline's line at an instant; 0 where it had none yet.
CREATE FUNCTION branching.version_at(p_timeline_id bigint, p_instant timestamptz) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(max(last_commit.version), 0)
    FROM branching.vector_at_head(p_timeline_id) seen
    CROSS JOIN LATERAL (
        SELECT least(c.version, seen.through_version) AS version FROM branching.commit c
        WHERE c.project_id = (SELECT branching.current_project())
            AND c.timeline_id = seen.owner_timeline_id AND c.commit_time <= p_instant
        ORDER BY c.commit_time DESC, c.version DESC
        LIMIT 1
    ) AS last_commit
$$;

GRANT SELECT ON branching.commit TO dendrite_service;
GRANT EXECUTE ON FUNCTION branching.vector_at_head(bigint), branching.vector_as_of(bigint, bigint),
    branching.vector_history(bigint, bigint), branching.version_at(bigint, timestamptz),
    branching.committed_version(),
    branching.commit_hash(bytea, bigint, bigint, bigint, timestamptz, text, text, bytea) TO dendrite_service;
GRANT EXECUTE ON FUNCTION branching.commit(bigint, text, text, text, bytea, jsonb)
    TO dendrite_branch_service, dendrite_ingest_service;
