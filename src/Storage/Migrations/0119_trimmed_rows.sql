-- A timeline that went on after its merge, and was dropped, ends at the merge (branching.judge_one). The rows beyond
-- are swept; those that they had superseded count again. Until they do, its vector entry says that they count: so only
-- what has been swept is absorbed, which takes the entry away.
SET LOCAL ROLE dendrite_owner;

-- As in 0017, and what goes takes its mark along.
CREATE OR REPLACE FUNCTION branching.sweep_part(
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
            RETURNING %3$s AS bytes %4$s
        ) %5$s
        SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone
        $sql$, p_relation, CASE WHEN p_is_versioned THEN 'AND version > $3' ELSE 'AND $3 = 0' END, p_payload,
        CASE WHEN p_relation = to_regclass('records.row') THEN ', dataset_id, key, version' END,
        -- Each by its key, whatever the planner thinks of how many there are.
        CASE WHEN p_relation = to_regclass('records.row') THEN
            $sql$
            , freed AS (
                UPDATE records.row SET superseded_version = NULL WHERE ctid = ANY (ARRAY (
                    SELECT (
                        SELECT earlier.ctid FROM records.row AS earlier
                        WHERE earlier.project_id = $1 AND earlier.dataset_id = gone.dataset_id
                            AND earlier.key = gone.key AND earlier.timeline_id = $2
                            AND earlier.superseded_version = gone.version AND earlier.version <= $3
                    ) FROM gone))
            )
            $sql$
        END)
    INTO removed_rows, removed_bytes
    USING p_verdict.project_id, p_verdict.timeline_id, p_verdict.beyond_version, p_rows;
END
$$;

-- As in 0016, but for timelines that are yet to be swept.
CREATE OR REPLACE FUNCTION branching.absorb(
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
            AND NOT EXISTS (
                SELECT FROM branching.garbage g WHERE g.project_id = p_project_id AND g.timeline_id = candidate)
        FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
        SELECT * INTO merge FROM branching.find_absorbing_merge(candidate);
        CONTINUE WHEN merge.merge_version IS NULL;
        PERFORM branching.mark_absorbed(candidate, merge.target_timeline_id, merge.merge_version);
        absorbed := absorbed + 1;
    END LOOP;
END
$$;

-- What was swept before this migration.
ALTER TABLE records.row NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.timeline NO FORCE ROW LEVEL SECURITY;
UPDATE records.row AS kept SET superseded_version = NULL
FROM branching.timeline AS line
WHERE line.timeline_id = kept.timeline_id AND line.purge_time IS NOT NULL
    AND kept.superseded_version > line.head_version;
ALTER TABLE branching.timeline FORCE ROW LEVEL SECURITY;
ALTER TABLE records.row FORCE ROW LEVEL SECURITY;
