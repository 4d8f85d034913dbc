-- Absorption: a timeline that was merged whole, and whose branch is gone, leaves every vector. See
-- docs/decisions/2026-11-21-absorption.md.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.timeline
    -- When its branch was purged; null while that lives.
    ADD COLUMN purge_time timestamptz,
    -- When it was found that nobody sees it, nor ever can: its rows are being removed.
    ADD COLUMN doom_time timestamptz;

-- What absorption and collection have yet to judge.
CREATE INDEX timeline_purged ON branching.timeline (project_id, timeline_id)
    WHERE purge_time IS NOT NULL AND doom_time IS NULL AND absorbed_into_timeline_id IS NULL;

-- The lock between those who add entries to vectors and those who judge what vectors see. Whoever adds takes it shared,
-- by the trigger below, and keeps it to the end of the transaction: forks, merges and tags never wait for each other.
-- A judgement takes it alone and for milliseconds, so while it looks, no entry is on its way that it cannot see. No row
-- would do as well: a fork must not wait for the writers of its parent, who lock the timeline's row.
CREATE FUNCTION branching.vectors_lock() RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT hashtextextended('branching.vectors', branching.current_project()) $$;

-- Entries were read by a statement that may have begun before a judgement: under the lock, with fresh eyes, none may be
-- of a timeline that is going or gone. One of an absorbed timeline is implied by what was read with it, and left out;
-- if it is not, its branch was purged under the reader.
CREATE FUNCTION branching.check_vector_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    absorbed_count bigint;
    lost_count bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(branching.vectors_lock());
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
        lost_count := lost_count + branching.leave_out_implied(TG_TABLE_NAME);
    END IF;
    IF lost_count > 0 THEN
        RAISE EXCEPTION 'A branch or tag of what was read was removed for good in the meantime.' USING
            ERRCODE = 'serialization_failure', HINT = 'Try the same call again.';
    END IF;
    RETURN NULL;
END
$$;

-- Removes the entries of absorbed timelines that their own vector implies. Returns how many remain: those that it does
-- not imply.
CREATE FUNCTION branching.leave_out_implied(p_table text) RETURNS bigint
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
            WHERE e.project_id = $1 AND e.%2$I IN (SELECT added.%2$I FROM added)
        ), removed AS (
            DELETE FROM branching.%1$I e USING surplus
            WHERE e.project_id = $1 AND e.%2$I = surplus.holder
                AND e.owner_timeline_id = surplus.owner_timeline_id AND e.since_version = surplus.since_version
                AND surplus.implied
        )
        SELECT count(*) FROM surplus WHERE NOT implied
        $sql$, p_table, holder, holder = 'timeline_id')
    INTO remaining USING p_project_id;
    RETURN remaining;
END
$$;

CREATE TRIGGER check_entries AFTER INSERT ON branching.vector_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION branching.check_vector_entries();
CREATE TRIGGER check_entries AFTER INSERT ON branching.tag_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION branching.check_vector_entries();

-- Every entry of the owner, and who has it: a timeline, or a tag.
CREATE FUNCTION branching.entries_of(p_owner_timeline_id bigint)
RETURNS TABLE (holder_timeline_id bigint, holder_tag_id bigint, since_version bigint, through_version bigint)
LANGUAGE sql STABLE
AS $$
    SELECT e.timeline_id, NULL::bigint, e.since_version, e.through_version
    FROM branching.vector_entry e
    WHERE e.project_id = (SELECT branching.current_project()) AND e.owner_timeline_id = p_owner_timeline_id
    UNION ALL
    SELECT NULL, e.tag_id, e.since_version, e.through_version
    FROM branching.tag_entry e
    WHERE e.project_id = (SELECT branching.current_project()) AND e.owner_timeline_id = p_owner_timeline_id
$$;

-- Where a purged timeline can be absorbed: a merge (timeline and version) that every vector sees exactly when it sees
-- this timeline, and this timeline whole, at each of its own versions and not only at its head. Nothing where there is
-- none.
--
-- An entry of the timeline counts from its since_version on. One of the target that reaches the merge counts from its
-- since_version too, but no earlier than the merge itself: before that, a look into the past clips it. The two must
-- agree for every holder. A child that was forked from this timeline sees it from its fork on (0) and agrees with none.
CREATE FUNCTION branching.find_absorbing_merge(
    p_timeline_id bigint, OUT target_timeline_id bigint, OUT merge_version bigint
)
LANGUAGE sql STABLE
AS $$
    WITH line AS (
        SELECT t.timeline_id, t.head_version FROM branching.timeline t
        WHERE t.project_id = (SELECT branching.current_project()) AND t.timeline_id = p_timeline_id
    ), holder AS (
        SELECT e.holder_timeline_id, e.holder_tag_id, min(e.since_version) AS since_version,
            bool_and(e.through_version = line.head_version) AS is_whole
        FROM line CROSS JOIN LATERAL branching.entries_of(line.timeline_id) e
        GROUP BY e.holder_timeline_id, e.holder_tag_id
    ), merge AS (
        -- The first one that brought it anywhere; where that was absorbed in turn, by whom.
        SELECT coalesce(t.absorbed_into_timeline_id, t.timeline_id) AS timeline_id,
            coalesce(t.absorbed_at_version, c.version) AS version
        FROM branching.commit c
        JOIN branching.timeline t ON t.project_id = c.project_id AND t.timeline_id = c.timeline_id
        WHERE c.project_id = (SELECT branching.current_project())
            AND c.version = (SELECT min(holder.since_version) FROM holder)
    )
    SELECT merge.timeline_id, merge.version FROM merge
    WHERE NOT EXISTS (
        SELECT FROM holder
        WHERE NOT holder.is_whole OR holder.since_version IS DISTINCT FROM CASE
            WHEN holder.holder_timeline_id = merge.timeline_id THEN merge.version
            WHEN holder.holder_tag_id IS NULL THEN (
                SELECT min(greatest(e.since_version, merge.version)) FROM branching.vector_entry e
                WHERE e.project_id = (SELECT branching.current_project())
                    AND e.timeline_id = holder.holder_timeline_id
                    AND e.owner_timeline_id = merge.timeline_id AND e.through_version >= merge.version)
            ELSE (
                SELECT min(greatest(e.since_version, merge.version)) FROM branching.tag_entry e
                WHERE e.project_id = (SELECT branching.current_project()) AND e.tag_id = holder.holder_tag_id
                    AND e.owner_timeline_id = merge.timeline_id AND e.through_version >= merge.version)
            END)
$$;

-- Absorbs what can be, of the purged timelines after one of them: looks at p_limit. Returns how many were absorbed, and
-- the last one that was looked at; null when there are no further ones.
CREATE FUNCTION branching.absorb(
    p_after_timeline_id bigint, p_limit integer, OUT absorbed bigint, OUT last_timeline_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Forks wait behind a judgement that waits for a merge: not longer than this, and the judgement is put off.
SET lock_timeout = '200ms'
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    looked_at bigint[];
    likely bigint[];
    candidate bigint;
    merge record;
BEGIN
    absorbed := 0;
    looked_at := ARRAY (
        SELECT t.timeline_id FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.purge_time IS NOT NULL AND t.doom_time IS NULL
            AND t.absorbed_into_timeline_id IS NULL AND t.timeline_id > p_after_timeline_id
        ORDER BY t.timeline_id
        LIMIT p_limit);
    last_timeline_id := looked_at[p_limit];
    -- A look without the lock first: most that stay, stay for long.
    likely := ARRAY (
        SELECT id FROM unnest(looked_at) AS id CROSS JOIN LATERAL branching.find_absorbing_merge(id) AS found
        WHERE found.merge_version IS NOT NULL);
    IF likely = '{}' THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(branching.vectors_lock());
    FOREACH candidate IN ARRAY likely LOOP
        -- Another replica may have been here, and so may a fork.
        PERFORM FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.timeline_id = candidate AND t.doom_time IS NULL
            AND t.absorbed_into_timeline_id IS NULL
        FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
        SELECT * INTO merge FROM branching.find_absorbing_merge(candidate);
        CONTINUE WHEN merge.merge_version IS NULL;
        PERFORM branching.mark_absorbed(candidate, merge.target_timeline_id, merge.merge_version);
        absorbed := absorbed + 1;
    END LOOP;
END
$$;

-- All entries go in the one transaction that marks the timeline: two vectors that are read by one statement both name
-- it or both imply it.
CREATE FUNCTION branching.mark_absorbed(p_timeline_id bigint, p_target_timeline_id bigint, p_version bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    -- What it had absorbed itself goes with it: whoever sees any of it sees all of it.
    UPDATE branching.timeline t
    SET absorbed_into_timeline_id = p_target_timeline_id, absorbed_at_version = p_version
    WHERE t.project_id = p_project_id
        AND (t.timeline_id = p_timeline_id OR t.absorbed_into_timeline_id = p_timeline_id);
    DELETE FROM branching.vector_entry e WHERE e.project_id = p_project_id AND e.owner_timeline_id = p_timeline_id;
    DELETE FROM branching.tag_entry e WHERE e.project_id = p_project_id AND e.owner_timeline_id = p_timeline_id;
    INSERT INTO signals.absorbed_stream (project_id, stream_id, timeline_id, name)
    SELECT DISTINCT p_project_id, held.stream_id, p_timeline_id, held.name
    FROM (
        SELECT s.stream_id, s.name FROM signals.stream s
        WHERE s.project_id = p_project_id AND s.timeline_id = p_timeline_id
        UNION SELECT s.stream_id, '' FROM signals.stream s
        WHERE s.project_id = p_project_id AND s.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.append a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.time_anchor a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
        UNION SELECT g.stream_id, '' FROM signals.gap g
        WHERE g.project_id = p_project_id AND g.timeline_id = p_timeline_id
        UNION SELECT a.stream_id, '' FROM signals.annotation a
        WHERE a.project_id = p_project_id AND a.timeline_id = p_timeline_id
    ) AS held;
END
$$;

GRANT EXECUTE ON FUNCTION branching.absorb(bigint, integer) TO dendrite_scheduler_service;
