SET LOCAL ROLE dendrite_owner;

-- Work that outlives the call that began it, of all services. Whoever works on an operation holds its lease and bears
-- the number of its attempt: a number that is no longer the row's own means that somebody else took over, and nothing
-- more may be written under it. A succeeded operation is also the kept answer to the same work asked for again.
CREATE TABLE branching.operation (
    project_id bigint NOT NULL,
    operation_id text COLLATE "C" NOT NULL CHECK (length(operation_id) BETWEEN 1 AND 63),
    -- The RPC that began it, such as dendrite.v1.ExperimentService/CompareExperiments.
    method text NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    -- What its task needs, settled: no branch whose head may move, every default filled in.
    request bytea NOT NULL CHECK (length(request) <= 1048576),
    -- SHA-256 of what the result follows from. Null: each request is work of its own.
    work_digest bytea CHECK (length(work_digest) = 32),
    state text NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    creator text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    end_time timestamptz,
    -- When it was asked to stop.
    cancel_time timestamptz,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    worker text NOT NULL DEFAULT '',
    -- By the clock of the database: those of replicas may differ.
    lease_until timestamptz,
    step text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0 CHECK (done >= 0),
    total bigint CHECK (total >= 0),
    unit text NOT NULL DEFAULT '',
    -- The full name of the message, and its bytes: what fits in one answer.
    response_type text,
    response bytea CHECK (length(response) <= 4000000),
    -- A google.rpc.Status.
    error bytea CHECK (length(error) <= 65536),
    PRIMARY KEY (project_id, operation_id),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (end_time IS NOT NULL)),
    CHECK ((state = 'succeeded') = (response IS NOT NULL)),
    CHECK ((response IS NULL) = (response_type IS NULL)),
    CHECK ((state IN ('failed', 'cancelled')) = (error IS NOT NULL))
);
SELECT branching.isolate('branching.operation');

-- The same work goes on once, and is answered from what it gave. One that was asked to stop is joined by nobody.
CREATE UNIQUE INDEX operation_is_done_once ON branching.operation (project_id, method, work_digest)
    WHERE state IN ('pending', 'running', 'succeeded') AND cancel_time IS NULL;
CREATE INDEX operation_by_age ON branching.operation (project_id, create_time, operation_id);
CREATE INDEX operation_unfinished ON branching.operation (method, create_time) WHERE end_time IS NULL;
CREATE INDEX operation_ended ON branching.operation (project_id, end_time) WHERE end_time IS NOT NULL;

-- What an operation has done so far, to go on from after a crash, and what is too large to hold in memory.
CREATE TABLE branching.operation_part (
    project_id bigint NOT NULL,
    operation_id text COLLATE "C" NOT NULL,
    part text COLLATE "C" NOT NULL CHECK (length(part) BETWEEN 1 AND 200),
    content bytea NOT NULL CHECK (length(content) <= 67108864),
    PRIMARY KEY (project_id, operation_id, part),
    FOREIGN KEY (project_id, operation_id) REFERENCES branching.operation ON DELETE CASCADE
);
-- Numbers do not shrink: compressing them costs time and saves nothing.
ALTER TABLE branching.operation_part ALTER COLUMN content SET STORAGE EXTERNAL;
SELECT branching.isolate('branching.operation_part');

-- Work waits in any project: the lookup alone, running as the owner, sees every row.
CREATE POLICY every_row_for_lookups ON branching.operation FOR SELECT TO dendrite_owner USING (true);

CREATE FUNCTION branching.list_waiting_operations(methods text[], page_size integer)
RETURNS TABLE (project_id bigint, project_name text, operation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.project_id, p.name::text, o.operation_id
    FROM branching.operation o JOIN branching.project p ON p.project_id = o.project_id
    WHERE o.method = ANY (methods) AND o.end_time IS NULL
        AND (o.state = 'pending' OR o.lease_until < statement_timestamp())
    ORDER BY o.create_time LIMIT page_size
$$;

GRANT EXECUTE ON FUNCTION branching.list_waiting_operations(text[], integer)
    TO dendrite_comparison_service, dendrite_scheduler_service;
GRANT SELECT, INSERT ON branching.operation TO dendrite_branch_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON branching.operation, branching.operation_part
    TO dendrite_comparison_service, dendrite_scheduler_service;
