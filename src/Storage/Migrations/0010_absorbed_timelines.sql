-- A vector must not grow with the history of merges. A timeline that was merged whole and that nobody sees without
-- seeing that merge is *absorbed*: no vector has an entry for it any more, and all of its rows are visible exactly
-- where the target's timeline is visible up to the merge's version.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.timeline
    ADD COLUMN absorbed_into_timeline_id bigint,
    -- The version of the merge, a commit of that timeline.
    ADD COLUMN absorbed_at_version bigint,
    ADD CHECK ((absorbed_into_timeline_id IS NULL) = (absorbed_at_version IS NULL)),
    ADD CHECK (absorbed_into_timeline_id <> timeline_id);

CREATE INDEX timeline_absorbed ON branching.timeline (project_id, absorbed_into_timeline_id, absorbed_at_version)
    WHERE absorbed_into_timeline_id IS NOT NULL;

-- A snapshot with the timelines that it sees without saying so: what a scan joins its rows to. A point read, which has
-- few rows and may have thousands of absorbed timelines, goes from the row instead; see SnapshotSql in src/Storage.
CREATE FUNCTION branching.seen(owners bigint[], through bigint[])
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
$$;

-- What lies between a base and one side of it: rows of a timeline with base < version <= top. A timeline that was
-- absorbed in between lies there whole.
CREATE FUNCTION branching.diverged(timelines bigint[], bases bigint[], tops bigint[])
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
$$;

GRANT EXECUTE ON FUNCTION branching.seen(bigint[], bigint[]), branching.diverged(bigint[], bigint[], bigint[])
    TO dendrite_service;
