-- Garbage: what no branch, tag or vector sees any more is removed, in bounded steps. See
-- docs/decisions/2026-11-21-garbage.md. Every step may be run by several replicas at once, and cut off anywhere.
SET LOCAL ROLE dendrite_owner;

-- Timelines of which rows are being removed: those above a version, or all and the timeline itself (0).
CREATE TABLE branching.garbage (
    project_id bigint NOT NULL,
    timeline_id bigint NOT NULL,
    beyond_version bigint NOT NULL CHECK (beyond_version >= 0),
    verdict_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id, timeline_id)
);

SELECT branching.isolate('branching.garbage');

-- Removes branches whose purge time has passed: their names are free then, and what they alone saw is for judge().
-- Timelines of a reset go with their branch. Nobody waits for this: a deleted branch is neither read nor forked.
CREATE FUNCTION branching.purge(p_limit integer, p_actor text) RETURNS TABLE (branch_id bigint, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    FOR branch_id, name IN
        SELECT b.branch_id, b.name FROM branching.branch b
        WHERE b.project_id = p_project_id AND b.purge_time <= clock_timestamp() AND NOT b.protected
        ORDER BY b.purge_time
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE branching.timeline t
        SET purge_time = statement_timestamp(), seal = 'deleted'
        WHERE t.project_id = p_project_id AND t.branch_id = purge.branch_id;
        DELETE FROM branching.vector_entry e USING branching.timeline t
        WHERE t.project_id = p_project_id AND t.branch_id = purge.branch_id
            AND e.project_id = p_project_id AND e.timeline_id = t.timeline_id;
        DELETE FROM branching.branch b WHERE b.project_id = p_project_id AND b.branch_id = purge.branch_id;
        INSERT INTO branching.audit_entry (project_id, actor, method, resource)
        SELECT p_project_id, p_actor, 'PurgeBranch', format('projects/%s/branches/%s', p.name, purge.name)
        FROM branching.project p WHERE p.project_id = p_project_id;
        RETURN NEXT;
    END LOOP;
END
$$;

-- The highest version of a purged timeline that anybody sees; 0 where nobody sees any of it.
CREATE FUNCTION branching.visible_through(p_timeline_id bigint) RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT coalesce(max(e.through_version), 0) FROM branching.entries_of(p_timeline_id) e $$;

-- Finds what nobody sees of the purged timelines after one of them: looks at p_limit, of those that were purged longer
-- than p_grace ago, so that reads that began before can end. Returns how many are to go whole and how many in part, and
-- the last one that was looked at; null when there are no further ones.
CREATE FUNCTION branching.judge(
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
            AND t.purge_time <= clock_timestamp() - p_grace
        ORDER BY t.timeline_id
        LIMIT p_limit);
    last_timeline_id := looked_at[p_limit];
    likely := ARRAY (
        SELECT t.timeline_id FROM branching.timeline t
        WHERE t.project_id = p_project_id AND t.timeline_id = ANY (looked_at)
            AND branching.visible_through(t.timeline_id) IS DISTINCT FROM t.head_version);
    IF likely = '{}' THEN
        RETURN;
    END IF;
    -- Alone: nobody is about to see more than is seen now, nor can begin to, since all that can be copied is seen.
    PERFORM pg_advisory_xact_lock(branching.vectors_lock());
    FOREACH candidate IN ARRAY likely LOOP
        verdict := branching.judge_one(candidate);
        doomed := doomed + CASE verdict WHEN 'doomed' THEN 1 ELSE 0 END;
        trimmed := trimmed + CASE verdict WHEN 'trimmed' THEN 1 ELSE 0 END;
    END LOOP;
END
$$;

-- Under the lock. 'doomed', 'trimmed', or null where all of it is seen.
CREATE FUNCTION branching.judge_one(p_timeline_id bigint) RETURNS text
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

-- Removes at most p_rows rows of one timeline that was judged. Nothing comes back where there is none to sweep, or
-- others are at all of them.
CREATE FUNCTION branching.sweep(
    p_rows integer, OUT timeline_id bigint, OUT removed_rows bigint, OUT removed_bytes bigint, OUT finished boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    verdict branching.garbage;
    swept record;
    part record;
BEGIN
    SELECT * INTO verdict FROM branching.garbage g
    WHERE g.project_id = p_project_id
    ORDER BY g.timeline_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    timeline_id := verdict.timeline_id;
    removed_rows := 0;
    removed_bytes := 0;
    FOR part IN SELECT * FROM branching.parts_of_timelines() LOOP
        CONTINUE WHEN verdict.beyond_version > 0 AND NOT part.is_versioned;
        SELECT * INTO swept
        FROM branching.sweep_part(part.relation, part.payload, verdict, part.is_versioned, p_rows - removed_rows);
        removed_rows := removed_rows + swept.removed_rows;
        removed_bytes := removed_bytes + swept.removed_bytes;
        EXIT WHEN removed_rows >= p_rows;
    END LOOP;
    finished := removed_rows < p_rows;
    IF finished THEN
        IF verdict.beyond_version = 0 THEN
            DELETE FROM branching.timeline t WHERE t.project_id = p_project_id AND t.timeline_id = verdict.timeline_id;
        END IF;
        DELETE FROM branching.garbage g WHERE g.project_id = p_project_id AND g.timeline_id = verdict.timeline_id;
    END IF;
END
$$;

-- The tables that hold rows of timelines: commits last, since other parts are looked up by them. is_versioned: whether
-- rows bear a version, so that those above one can go alone. payload: an expression for the bytes of a row that are
-- worth counting, which reads no payload.
CREATE FUNCTION branching.parts_of_timelines()
RETURNS TABLE (relation regclass, payload text, is_versioned boolean)
LANGUAGE sql STABLE
AS $$
    SELECT to_regclass(part.name), part.payload, part.is_versioned
    FROM (VALUES
        (1, 'signals.block', 'octet_length(payload) + octet_length(summary)', true),
        (2, 'signals.annotation', '0', true),
        (3, 'signals.time_anchor', '0', true),
        (4, 'signals.gap', '0', true),
        (5, 'signals.append', '0', true),
        (6, 'signals.stream', '0', true),
        (7, 'signals.writer', '0', false),
        (8, 'signals.absorbed_stream', '0', false),
        (9, 'records.row', 'octet_length(key) + coalesce(pg_column_size(document), 0)', true),
        (10, 'records.lookup', '0', true),
        (11, 'records.dataset', '0', true),
        (12, 'branching.vector_entry', '0', false),
        (13, 'branching.commit', '0', true)
    ) AS part (place, name, payload, is_versioned)
    WHERE to_regclass(part.name) IS NOT NULL
    ORDER BY part.place
$$;

CREATE FUNCTION branching.sweep_part(
    p_relation regclass, p_payload text, p_verdict branching.garbage, p_is_versioned boolean, p_rows bigint,
    OUT removed_rows bigint, OUT removed_bytes bigint
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        $sql$
        WITH gone AS (
            DELETE FROM %1$s WHERE ctid = ANY (ARRAY (
                SELECT ctid FROM %1$s WHERE project_id = $1 AND timeline_id = $2 %2$s LIMIT $4))
            RETURNING %3$s AS bytes
        )
        SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone
        $sql$, p_relation, CASE WHEN p_is_versioned THEN 'AND version > $3' ELSE 'AND $3 = 0' END, p_payload)
    INTO removed_rows, removed_bytes
    USING p_verdict.project_id, p_verdict.timeline_id, p_verdict.beyond_version, p_rows;
END
$$;

GRANT EXECUTE ON FUNCTION branching.purge(integer, text), branching.judge(bigint, integer, interval),
    branching.sweep(integer) TO dendrite_scheduler_service;
