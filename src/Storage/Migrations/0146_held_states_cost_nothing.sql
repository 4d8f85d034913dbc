-- What a backup holds while it is made, or since it broke off, is not what another branch sees: a branch costs what it
-- cost before.
SET LOCAL ROLE dendrite_owner;

-- As in 0018, without the timelines of no branch (scheduling.hold_states).
--
-- What the lines of a branch see, one row for each timeline: up to where (top_version), up to where other branches see
-- it too (others_version), and up to where others or tags do (kept_version). A reset's old lines are the branch's as
-- well: they go with it. An absorbed timeline is seen whole or not at all.
CREATE OR REPLACE FUNCTION branching.sight_of_branch(p_branch_id bigint)
RETURNS TABLE (timeline_id bigint, top_version bigint, others_version bigint, kept_version bigint)
LANGUAGE sql STABLE
AS $$
    WITH sight AS (
        SELECT v.owner_timeline_id AS timeline_id, max(v.through_version) AS top_version
        FROM branching.timeline line CROSS JOIN LATERAL branching.vector_at_head(line.timeline_id) v
        WHERE line.project_id = (SELECT branching.current_project()) AND line.branch_id = p_branch_id
        GROUP BY v.owner_timeline_id
    ), shared AS (
        SELECT sight.timeline_id, sight.top_version,
            -- Where another branch owns the timeline, it sees all of it; nobody need be asked.
            CASE WHEN owner.branch_id <> p_branch_id AND owner.purge_time IS NULL THEN owner.head_version
            ELSE coalesce((
                SELECT max(e.through_version) FROM branching.vector_entry e
                JOIN branching.timeline holder
                    ON holder.project_id = e.project_id AND holder.timeline_id = e.timeline_id
                WHERE e.project_id = (SELECT branching.current_project())
                    AND e.owner_timeline_id = sight.timeline_id
                    AND holder.branch_id NOT IN (0, p_branch_id)), 0)
            END AS others_version,
            coalesce((
                SELECT max(e.through_version) FROM branching.tag_entry e
                WHERE e.project_id = (SELECT branching.current_project())
                    AND e.owner_timeline_id = sight.timeline_id), 0) AS tags_version
        FROM sight
        JOIN branching.timeline owner ON owner.project_id = (SELECT branching.current_project())
            AND owner.timeline_id = sight.timeline_id
    )
    SELECT shared.timeline_id, shared.top_version, least(shared.others_version, shared.top_version),
        least(greatest(shared.others_version, shared.tags_version), shared.top_version)
    FROM shared
    UNION ALL
    SELECT absorbed.timeline_id, absorbed.head_version,
        CASE WHEN shared.others_version >= absorbed.absorbed_at_version THEN absorbed.head_version ELSE 0 END,
        CASE WHEN greatest(shared.others_version, shared.tags_version) >= absorbed.absorbed_at_version
            THEN absorbed.head_version ELSE 0 END
    FROM shared
    JOIN branching.timeline absorbed ON absorbed.project_id = (SELECT branching.current_project())
        AND absorbed.absorbed_into_timeline_id = shared.timeline_id
        AND absorbed.absorbed_at_version <= shared.top_version
$$;
