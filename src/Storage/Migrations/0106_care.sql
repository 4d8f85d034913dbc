-- Care of the database: what its tables and disk were like over time, and what was done about it. None of this is of a
-- project but project_size: tables are shared, and so is the disk. See docs/care.md.
CREATE SCHEMA care AUTHORIZATION dendrite_owner;

SET LOCAL ROLE dendrite_owner;

-- One look at all of it. Looks are thinned by keep_until, which is set when one is made: see LookKeeping.
CREATE TABLE care.look (
    look_time timestamptz PRIMARY KEY,
    keep_until timestamptz NOT NULL CHECK (keep_until > look_time),
    database_bytes bigint NOT NULL CHECK (database_bytes >= 0),
    -- Null where the installation does not say where the disk is.
    disk_total_bytes bigint CHECK (disk_total_bytes >= 0),
    disk_used_bytes bigint CHECK (disk_used_bytes >= 0),
    -- How much was written into data tables since the look before, and over how long; null for the first, and where the
    -- server's counters began anew in between.
    ingest_bytes_per_second double precision CHECK (ingest_bytes_per_second >= 0),
    ingest_seconds double precision CHECK (ingest_seconds > 0),
    CHECK ((ingest_bytes_per_second IS NULL) = (ingest_seconds IS NULL)),
    CHECK ((disk_total_bytes IS NULL) = (disk_used_bytes IS NULL))
);
CREATE INDEX look_is_kept_until ON care.look (keep_until);

-- A table at a look: those that are large enough to matter, and those that data goes into.
CREATE TABLE care.table_figure (
    -- With its schema, as format('%I.%I') writes it.
    table_name text NOT NULL,
    look_time timestamptz NOT NULL REFERENCES care.look ON DELETE CASCADE,
    heap_bytes bigint NOT NULL,
    toast_bytes bigint NOT NULL,
    index_bytes bigint NOT NULL,
    live_rows bigint NOT NULL,
    dead_rows bigint NOT NULL,
    toast_live_rows bigint NOT NULL,
    toast_dead_rows bigint NOT NULL,
    -- Since the server's counters began.
    inserted_rows bigint NOT NULL,
    changed_rows bigint NOT NULL,
    -- Of anybody's vacuum.
    vacuum_time timestamptz,
    PRIMARY KEY (table_name, look_time)
);
CREATE INDEX table_figure_of_look ON care.table_figure (look_time);

CREATE TABLE care.index_figure (
    index_name text NOT NULL,
    look_time timestamptz NOT NULL REFERENCES care.look ON DELETE CASCADE,
    bytes bigint NOT NULL,
    -- Live rows of its table.
    live_rows bigint NOT NULL,
    PRIMARY KEY (index_name, look_time)
);
CREATE INDEX index_figure_of_look ON care.index_figure (look_time);

-- What was done, with the figures before and after.
CREATE TABLE care.action (
    -- Of version 7: newer ones are greater.
    action_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('vacuum', 'freeze', 'rebuild_index')),
    table_name text NOT NULL,
    -- Empty: the table itself.
    index_name text NOT NULL DEFAULT '',
    urgent boolean NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 2000),
    -- Resource name of the run that did it.
    run text NOT NULL CHECK (length(run) <= 300),
    start_time timestamptz NOT NULL,
    end_time timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('running', 'done', 'left', 'failed', 'lost')),
    message text NOT NULL DEFAULT '' CHECK (length(message) <= 2000),
    bytes_before bigint NOT NULL,
    bytes_after bigint,
    dead_rows_before bigint NOT NULL,
    dead_rows_after bigint,
    CHECK ((outcome = 'running') = (end_time IS NULL))
);
CREATE INDEX action_unfinished ON care.action (action_id) WHERE end_time IS NULL;

-- What a project's rows take up, without indexes: estimated from some pages of the tables.
CREATE TABLE care.project_size (
    project_id bigint NOT NULL,
    look_time timestamptz NOT NULL,
    keep_until timestamptz NOT NULL CHECK (keep_until > look_time),
    signal_bytes bigint NOT NULL CHECK (signal_bytes >= 0),
    record_bytes bigint NOT NULL CHECK (record_bytes >= 0),
    -- Part of the pages that was read; 1: all, and the figures are exact.
    read_ratio double precision NOT NULL CHECK (read_ratio > 0 AND read_ratio <= 1),
    PRIMARY KEY (project_id, look_time)
);
SELECT branching.isolate('care.project_size');

GRANT USAGE ON SCHEMA care TO dendrite_scheduler_service;
GRANT SELECT, INSERT, DELETE ON care.look, care.table_figure, care.index_figure TO dendrite_scheduler_service;
GRANT SELECT, INSERT, DELETE ON care.action TO dendrite_scheduler_service;
GRANT UPDATE (end_time, outcome, message, bytes_after, dead_rows_after) ON care.action TO dendrite_scheduler_service;
GRANT SELECT, INSERT, DELETE ON care.project_size TO dendrite_scheduler_service;

-- What the newest measured size of all projects together is. The lookup alone, running as the owner, sees every row.
CREATE POLICY every_row_for_lookups ON care.project_size FOR SELECT TO dendrite_owner USING (true);
CREATE FUNCTION care.bytes_of_projects() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(newest.signal_bytes + newest.record_bytes), 0)::bigint
    FROM branching.project p
    CROSS JOIN LATERAL (
        SELECT s.signal_bytes, s.record_bytes FROM care.project_size s
        WHERE s.project_id = p.project_id ORDER BY s.look_time DESC LIMIT 1
    ) newest
$$;

-- Projects that were not measured since then, the longest first.
CREATE FUNCTION care.list_unmeasured_projects(p_since timestamptz, page_size integer)
RETURNS TABLE (project_id bigint, name text, last_time timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.project_id, p.name::text, newest.look_time
    FROM branching.project p
    LEFT JOIN LATERAL (
        SELECT s.look_time FROM care.project_size s
        WHERE s.project_id = p.project_id ORDER BY s.look_time DESC LIMIT 1
    ) newest ON true
    WHERE newest.look_time IS NULL OR newest.look_time <= p_since
    ORDER BY newest.look_time NULLS FIRST, p.project_id
    LIMIT page_size
$$;
GRANT EXECUTE ON FUNCTION care.bytes_of_projects(), care.list_unmeasured_projects(timestamptz, integer)
    TO dendrite_scheduler_service;
