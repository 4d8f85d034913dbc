-- Entries of a timeline that was absorbed while they were on their way. The rows that a statement added are known to
-- the trigger alone and not to what it calls, so the call failed; now it is told whose entries they are.
SET LOCAL ROLE dendrite_owner;

DROP FUNCTION branching.leave_out_implied(text);

-- Removes the entries of absorbed timelines that their own vector implies. Returns how many remain: those that it does
-- not imply.
CREATE FUNCTION branching.leave_out_implied(p_table text, p_holders bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    -- Who has the entries: a timeline, or a tag.
    holder text := CASE p_table WHEN 'tag_entry' THEN 'tag_id' ELSE 'timeline_id' END;
    remaining bigint;
BEGIN
    EXECUTE format(
        $sql$
        WITH surplus AS (
            SELECT e.%2$I AS holder, e.owner_timeline_id, e.since_version, EXISTS (
                SELECT FROM branching.%1$I implying
                WHERE implying.project_id = $1 AND implying.%2$I = e.%2$I
                    AND implying.owner_timeline_id = line.absorbed_into_timeline_id
                    AND implying.through_version >= line.absorbed_at_version
            ) OR (%3$L AND e.%2$I = line.absorbed_into_timeline_id) AS implied
            FROM branching.%1$I e
            JOIN branching.timeline line
                ON line.project_id = $1 AND line.timeline_id = e.owner_timeline_id
                AND line.absorbed_into_timeline_id IS NOT NULL
            WHERE e.project_id = $1 AND e.%2$I = ANY ($2)
        ), removed AS (
            DELETE FROM branching.%1$I e USING surplus
            WHERE e.project_id = $1 AND e.%2$I = surplus.holder
                AND e.owner_timeline_id = surplus.owner_timeline_id AND e.since_version = surplus.since_version
                AND surplus.implied
        )
        SELECT count(*) FROM surplus WHERE NOT implied
        $sql$, p_table, holder, holder = 'timeline_id')
    INTO remaining USING p_project_id, p_holders;
    RETURN remaining;
END
$$;

CREATE OR REPLACE FUNCTION branching.check_vector_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    absorbed_count bigint;
    lost_count bigint;
    holders bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('branching.vectors', p_project_id));
    SELECT count(*) FILTER (WHERE line.absorbed_into_timeline_id IS NOT NULL),
        count(*) FILTER (WHERE line.timeline_id IS NULL OR line.doom_time IS NOT NULL
            OR added.through_version > line.head_version)
    INTO absorbed_count, lost_count
    FROM added
    -- By the key for each, whatever the planner thinks of how many there are: a project has 100,000 timelines.
    LEFT JOIN LATERAL (
        SELECT t.timeline_id, t.head_version, t.doom_time, t.absorbed_into_timeline_id FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.timeline_id = added.owner_timeline_id
        LIMIT 1
    ) AS line ON true;
    IF absorbed_count > 0 THEN
        EXECUTE format('SELECT array_agg(DISTINCT %I) FROM added',
            CASE TG_TABLE_NAME WHEN 'tag_entry' THEN 'tag_id' ELSE 'timeline_id' END) INTO holders;
        lost_count := lost_count + branching.leave_out_implied(TG_TABLE_NAME, holders);
    END IF;
    IF lost_count > 0 THEN
        RAISE EXCEPTION 'A branch or tag of what was read was removed for good in the meantime.' USING
            ERRCODE = 'serialization_failure', HINT = 'Try the same call again.';
    END IF;
    RETURN NULL;
END
$$;
