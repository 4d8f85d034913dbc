-- What was purged long ago may have been seen until now, by a child that was purged or a tag that was deleted just
-- before: reads of those are to end in peace as well. So the grace time runs since it was found that nobody sees it.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.timeline
    -- Of a purged timeline: when it was found that nobody sees what lies above a version, and which (0: nobody sees any
    -- of it). Null where all of it was seen whenever it was looked at.
    ADD COLUMN hidden_time timestamptz,
    ADD COLUMN hidden_beyond_version bigint CHECK (hidden_beyond_version >= 0),
    ADD CHECK ((hidden_time IS NULL) = (hidden_beyond_version IS NULL));

-- As in 0017, but p_grace counts since it was found that nobody sees what is to go, and not since the purge.
CREATE OR REPLACE FUNCTION branching.judge(
    p_after_timeline_id bigint, p_limit integer, p_grace interval,
    OUT doomed bigint, OUT trimmed bigint, OUT last_timeline_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    looked_at bigint[];
    likely bigint[];
    candidate bigint;
    verdict text;
BEGIN
    doomed := 0;
    trimmed := 0;
    looked_at := ARRAY (
        SELECT t.timeline_id FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.purge_time IS NOT NULL AND t.doom_time IS NULL
            AND t.absorbed_into_timeline_id IS NULL AND t.timeline_id > p_after_timeline_id
        ORDER BY t.timeline_id
        LIMIT p_limit);
    last_timeline_id := looked_at[p_limit];
    likely := ARRAY (
        SELECT t.timeline_id FROM branching.timeline t
        CROSS JOIN LATERAL (SELECT branching.visible_through(t.timeline_id) AS version OFFSET 0) AS seen
        WHERE t.project_id = p_project_id AND t.timeline_id = ANY (looked_at)
            AND seen.version IS DISTINCT FROM t.head_version
            AND (t.hidden_beyond_version IS DISTINCT FROM seen.version
                OR t.hidden_time <= clock_timestamp() - p_grace));
    IF likely = '{}' THEN
        RETURN;
    END IF;
    -- Alone: nobody is about to see more than is seen now, nor can begin to, since all that can be copied is seen.
    PERFORM pg_advisory_xact_lock(branching.vectors_lock());
    FOREACH candidate IN ARRAY likely LOOP
        verdict := branching.judge_one(candidate, p_grace);
        doomed := doomed + CASE verdict WHEN 'doomed' THEN 1 ELSE 0 END;
        trimmed := trimmed + CASE verdict WHEN 'trimmed' THEN 1 ELSE 0 END;
    END LOOP;
END
$$;

DROP FUNCTION branching.judge_one(bigint);

-- Under the lock. 'doomed', 'trimmed', or null where all of it is seen, or was seen until a while ago.
CREATE FUNCTION branching.judge_one(p_timeline_id bigint, p_grace interval) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    line branching.timeline;
    seen_through bigint := branching.visible_through(p_timeline_id);
BEGIN
    SELECT * INTO line FROM branching.timeline t
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id AND t.doom_time IS NULL
        AND t.absorbed_into_timeline_id IS NULL
    FOR UPDATE;
    IF NOT FOUND OR seen_through = line.head_version THEN
        RETURN NULL;
    END IF;
    -- Under the lock less is seen from one look to the next, and never more: so nobody has seen it since.
    IF line.hidden_beyond_version IS DISTINCT FROM seen_through THEN
        line.hidden_time := clock_timestamp();
        UPDATE branching.timeline t SET hidden_time = line.hidden_time, hidden_beyond_version = seen_through
        WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id;
    END IF;
    IF line.hidden_time > clock_timestamp() - p_grace THEN
        RETURN NULL;
    END IF;
    -- What it absorbed beyond that goes too: it is seen only by who sees the merge.
    WITH gone AS (
        UPDATE branching.timeline t SET doom_time = statement_timestamp()
        WHERE t.project_id = p_project_id AND t.absorbed_into_timeline_id = p_timeline_id
            AND t.absorbed_at_version > seen_through AND t.doom_time IS NULL
        RETURNING t.timeline_id
    )
    INSERT INTO branching.garbage (project_id, timeline_id, beyond_version)
    SELECT p_project_id, gone.timeline_id, 0 FROM gone;
    INSERT INTO branching.garbage (project_id, timeline_id, beyond_version)
    VALUES (p_project_id, p_timeline_id, seen_through)
    ON CONFLICT (project_id, timeline_id) DO UPDATE SET beyond_version = excluded.beyond_version;
    IF seen_through = 0 THEN
        UPDATE branching.timeline t SET doom_time = statement_timestamp()
        WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id;
        RETURN 'doomed';
    END IF;
    -- From now on it ends there: so an experiment that went on after its merge, and was dropped, can be absorbed.
    UPDATE branching.timeline t SET head_version = c.version, head_hash = c.hash, head_time = c.commit_time
    FROM branching.commit c
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id
        AND c.project_id = p_project_id AND c.version = seen_through;
    RETURN 'trimmed';
END
$$;
