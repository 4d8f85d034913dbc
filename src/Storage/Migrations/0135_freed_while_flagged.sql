-- A row that a merge flags while what superseded it is swept counts again as well: it was looked for where it had lain
-- before, and left out. Once its timeline was absorbed, no scan would have shown the record.
SET LOCAL ROLE dendrite_owner;

-- As in 0119, but what is freed is updated by its key, which stays when a merge moves the row.
CREATE OR REPLACE FUNCTION branching.sweep_part(
    p_relation regclass, p_payload text, p_verdict branching.garbage, p_is_versioned boolean, p_rows bigint,
    OUT removed_rows bigint, OUT removed_bytes bigint
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
-- Each row by its key, whatever the planner thinks of how many there are.
SET enable_hashjoin = off SET enable_mergejoin = off
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
        CASE WHEN p_relation = to_regclass('records.row') THEN
            $sql$
            , freed AS (
                UPDATE records.row AS kept SET superseded_version = NULL
                FROM gone
                CROSS JOIN LATERAL (
                    SELECT earlier.version FROM records.row AS earlier
                    WHERE earlier.project_id = $1 AND earlier.dataset_id = gone.dataset_id
                        AND earlier.key = gone.key AND earlier.timeline_id = $2
                        AND earlier.superseded_version = gone.version AND earlier.version <= $3
                    OFFSET 0
                ) AS superseded
                WHERE kept.project_id = $1 AND kept.dataset_id = gone.dataset_id AND kept.key = gone.key
                    AND kept.version = superseded.version
            )
            $sql$
        END)
    INTO removed_rows, removed_bytes
    USING p_verdict.project_id, p_verdict.timeline_id, p_verdict.beyond_version, p_rows;
END
$$;

-- What was left out before this migration.
ALTER TABLE records.row NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branching.timeline NO FORCE ROW LEVEL SECURITY;
UPDATE records.row AS kept SET superseded_version = NULL
FROM branching.timeline AS line
WHERE line.timeline_id = kept.timeline_id AND line.purge_time IS NOT NULL
    AND kept.superseded_version > line.head_version;
ALTER TABLE branching.timeline FORCE ROW LEVEL SECURITY;
ALTER TABLE records.row FORCE ROW LEVEL SECURITY;
