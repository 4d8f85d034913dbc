-- What the writer of a commit saw, for a merge both sides of it: where the cells of a record come from is told by the
-- rows that each of its rows was written over.
SET LOCAL ROLE dendrite_owner;

-- What a timeline saw just before one of its commits, and what that commit merged in: a row for each, in this order. A
-- purged timeline has no vector any more and an absorbed one leaves those of others; what they merged is kept, so it is
-- added again: nobody who saw a merge of theirs saw less.
CREATE FUNCTION branching.seen_by_commit(p_timeline_id bigint, p_version bigint)
RETURNS TABLE (owners bigint[], through bigint[])
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE seen (side, owner, through) AS (
        SELECT 1, line.owner_timeline_id, line.through_version
        FROM branching.line_as_of(p_timeline_id, p_version - 1) AS line
        UNION ALL
        SELECT 2, merged.owner, merged.through
        FROM branching.merged_vector AS v
        CROSS JOIN LATERAL unnest(v.owners, v.through) AS merged (owner, through)
        WHERE v.project_id = (SELECT branching.current_project())
            AND v.timeline_id = p_timeline_id AND v.version = p_version
    ), whole (side, owner, through) AS (
        SELECT seen.side, seen.owner, seen.through FROM seen
        UNION
        SELECT whole.side, merged.owner, merged.through
        FROM whole
        JOIN branching.timeline AS line ON line.project_id = (SELECT branching.current_project())
            AND line.timeline_id = whole.owner AND line.purge_time IS NOT NULL
        JOIN branching.merged_vector AS v ON v.project_id = (SELECT branching.current_project())
            AND v.timeline_id = whole.owner AND v.version <= whole.through
        CROSS JOIN LATERAL unnest(v.owners, v.through) AS merged (owner, through)
    )
    SELECT array_agg(most.owner), array_agg(most.through)
    FROM (SELECT w.side, w.owner, max(w.through) AS through FROM whole AS w GROUP BY w.side, w.owner) AS most
    GROUP BY most.side
    ORDER BY most.side
$$;

GRANT EXECUTE ON FUNCTION branching.seen_by_commit(bigint, bigint) TO dendrite_service;
