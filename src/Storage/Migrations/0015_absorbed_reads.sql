-- Reads that follow one stream, past any number of absorbed timelines. A stream lives in few timelines, so such a read
-- goes from the stream to the absorbed timelines that hold it, and never over all those that a snapshot sees.
SET LOCAL ROLE dendrite_owner;

-- Which absorbed timelines hold rows of a stream; written when a timeline is absorbed. Bears the name '' once for each
-- stream of a timeline, and besides each name that the stream has there.
CREATE TABLE signals.absorbed_stream (
    project_id bigint NOT NULL,
    stream_id bigint NOT NULL,
    timeline_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, stream_id, name, timeline_id)
);

CREATE INDEX absorbed_stream_by_name ON signals.absorbed_stream (project_id, name, timeline_id) WHERE name <> '';
CREATE INDEX absorbed_stream_of_timeline ON signals.absorbed_stream (project_id, timeline_id);

SELECT branching.isolate('signals.absorbed_stream');
GRANT SELECT ON signals.absorbed_stream TO dendrite_service;

-- A snapshot that was read before a timeline was absorbed still names it: it is seen once all the same.
CREATE OR REPLACE FUNCTION branching.seen(owners bigint[], through bigint[])
RETURNS TABLE (timeline_id bigint, through_version bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT entry.timeline_id, entry.through_version
    FROM unnest(owners, through) AS entry (timeline_id, through_version)
    UNION ALL
    SELECT absorbed.timeline_id, absorbed.head_version
    FROM unnest(owners, through) AS entry (timeline_id, through_version)
    JOIN branching.timeline AS absorbed ON absorbed.project_id = (SELECT branching.current_project())
        AND absorbed.absorbed_into_timeline_id = entry.timeline_id
        AND absorbed.absorbed_at_version <= entry.through_version
    WHERE absorbed.timeline_id <> ALL (owners)
$$;

CREATE OR REPLACE FUNCTION branching.diverged(timelines bigint[], bases bigint[], tops bigint[])
RETURNS TABLE (timeline_id bigint, base_version bigint, top_version bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT beyond.timeline_id, beyond.base_version, beyond.top_version
    FROM unnest(timelines, bases, tops) AS beyond (timeline_id, base_version, top_version)
    UNION ALL
    SELECT absorbed.timeline_id, 0, absorbed.head_version
    FROM unnest(timelines, bases, tops) AS beyond (timeline_id, base_version, top_version)
    JOIN branching.timeline AS absorbed ON absorbed.project_id = (SELECT branching.current_project())
        AND absorbed.absorbed_into_timeline_id = beyond.timeline_id
        AND absorbed.absorbed_at_version > beyond.base_version
        AND absorbed.absorbed_at_version <= beyond.top_version
    WHERE absorbed.timeline_id <> ALL (timelines)
$$;

-- branching.seen, of the timelines that may hold rows of the stream.
CREATE FUNCTION signals.seen(p_stream_id bigint, owners bigint[], through bigint[])
RETURNS TABLE (timeline_id bigint, through_version bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT entry.timeline_id, entry.through_version
    FROM unnest(owners, through) AS entry (timeline_id, through_version)
    UNION ALL
    SELECT line.timeline_id, line.head_version
    FROM signals.absorbed_stream AS held
    JOIN branching.timeline AS line ON line.project_id = held.project_id AND line.timeline_id = held.timeline_id
    JOIN unnest(owners, through) AS entry (timeline_id, through_version)
        ON entry.timeline_id = line.absorbed_into_timeline_id AND line.absorbed_at_version <= entry.through_version
    WHERE held.project_id = (SELECT branching.current_project()) AND held.stream_id = p_stream_id AND held.name = ''
        AND line.timeline_id <> ALL (owners)
$$;

-- branching.seen, of the timelines that may hold a descriptor of that name.
CREATE FUNCTION signals.seen_by_name(p_name text, owners bigint[], through bigint[])
RETURNS TABLE (timeline_id bigint, through_version bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT entry.timeline_id, entry.through_version
    FROM unnest(owners, through) AS entry (timeline_id, through_version)
    UNION
    SELECT line.timeline_id, line.head_version
    FROM signals.absorbed_stream AS held
    JOIN branching.timeline AS line ON line.project_id = held.project_id AND line.timeline_id = held.timeline_id
    JOIN unnest(owners, through) AS entry (timeline_id, through_version)
        ON entry.timeline_id = line.absorbed_into_timeline_id AND line.absorbed_at_version <= entry.through_version
    WHERE held.project_id = (SELECT branching.current_project()) AND held.name = p_name AND held.name <> ''
        AND line.timeline_id <> ALL (owners)
$$;

-- branching.diverged, of the timelines that may hold rows of the stream.
CREATE FUNCTION signals.diverged(p_stream_id bigint, timelines bigint[], bases bigint[], tops bigint[])
RETURNS TABLE (timeline_id bigint, base_version bigint, top_version bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT beyond.timeline_id, beyond.base_version, beyond.top_version
    FROM unnest(timelines, bases, tops) AS beyond (timeline_id, base_version, top_version)
    UNION ALL
    SELECT line.timeline_id, 0, line.head_version
    FROM signals.absorbed_stream AS held
    JOIN branching.timeline AS line ON line.project_id = held.project_id AND line.timeline_id = held.timeline_id
    JOIN unnest(timelines, bases, tops) AS beyond (timeline_id, base_version, top_version)
        ON beyond.timeline_id = line.absorbed_into_timeline_id
        AND line.absorbed_at_version > beyond.base_version AND line.absorbed_at_version <= beyond.top_version
    WHERE held.project_id = (SELECT branching.current_project()) AND held.stream_id = p_stream_id AND held.name = ''
        AND line.timeline_id <> ALL (timelines)
$$;

-- The last version of a timeline's line at an instant; 0 where it had none yet. Only what was seen from the fork on
-- counts: whatever was merged is older than its merge, and the merge is a commit of one of these. So the answer is the
-- same before and after what was merged is absorbed.
CREATE OR REPLACE FUNCTION branching.version_at(p_timeline_id bigint, p_instant timestamptz) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(max(last_commit.version), 0)
    FROM (
        SELECT e.owner_timeline_id, e.through_version
        FROM branching.vector_entry e
        WHERE e.project_id = (SELECT branching.current_project()) AND e.timeline_id = p_timeline_id
            AND e.since_version = 0
        UNION ALL
        SELECT t.timeline_id, t.head_version
        FROM branching.timeline t
        WHERE t.project_id = (SELECT branching.current_project()) AND t.timeline_id = p_timeline_id
            AND t.head_version > t.start_version
    ) AS seen
    CROSS JOIN LATERAL (
        SELECT least(c.version, seen.through_version) AS version FROM branching.commit c
        WHERE c.project_id = (SELECT branching.current_project())
            AND c.timeline_id = seen.owner_timeline_id AND c.commit_time <= p_instant
        ORDER BY c.commit_time DESC, c.version DESC
        LIMIT 1
    ) AS last_commit
$$;

GRANT EXECUTE ON FUNCTION signals.seen(bigint, bigint[], bigint[]), signals.seen_by_name(text, bigint[], bigint[]),
    signals.diverged(bigint, bigint[], bigint[], bigint[]) TO dendrite_service;
