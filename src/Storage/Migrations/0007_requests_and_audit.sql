SET LOCAL ROLE dendrite_owner;

-- Requests already done, so that a repeated one is answered and not done again. Written in the transaction of the
-- mutation.
CREATE TABLE branching.request (
    project_id bigint NOT NULL,
    request_id uuid NOT NULL,
    method text NOT NULL,
    -- SHA-256 of the request: the same id with another request is a mistake of the caller's.
    request_digest bytea NOT NULL CHECK (length(request_digest) = 32),
    -- What the method needs to give the same answer again, such as the id of what it made.
    outcome bytea NOT NULL CHECK (length(outcome) <= 65536),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    CONSTRAINT request_is_done PRIMARY KEY (project_id, request_id)
);

-- Old ones are removed in order of age.
CREATE INDEX request_age ON branching.request (create_time);

-- Who did what. Services add to it and cannot change it.
CREATE TABLE branching.audit_entry (
    project_id bigint NOT NULL,
    audit_entry_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    time timestamptz NOT NULL DEFAULT statement_timestamp(),
    actor text NOT NULL,
    method text NOT NULL,
    resource text NOT NULL,
    request_id uuid,
    detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    PRIMARY KEY (project_id, audit_entry_id)
);

SELECT branching.isolate('branching.request');
SELECT branching.isolate('branching.audit_entry');

GRANT SELECT, INSERT ON branching.request
    TO dendrite_branch_service, dendrite_ingest_service, dendrite_scheduler_service, dendrite_comparison_service;
GRANT INSERT ON branching.audit_entry
    TO dendrite_branch_service, dendrite_ingest_service, dendrite_scheduler_service, dendrite_comparison_service;
GRANT SELECT ON branching.audit_entry TO dendrite_branch_service;
GRANT DELETE ON branching.request TO dendrite_scheduler_service;

-- A project comes with its protected main. Runs as the owner: the id must be set before row-level security lets a row
-- in.
CREATE FUNCTION branching.create_project(
    p_name text, p_uid uuid, p_main_uid uuid, p_owner text, p_display_name text, p_description text, p_labels jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_project_id bigint := nextval('branching.project_id_sequence');
    new_timeline_id bigint;
    new_branch_id bigint;
BEGIN
    PERFORM set_config('dendrite.project_id', new_project_id::text, true);
    INSERT INTO branching.project (project_id, name, uid, display_name, description, labels)
    VALUES (new_project_id, p_name, p_uid, p_display_name, p_description, p_labels);
    new_timeline_id := nextval(pg_get_serial_sequence('branching.timeline', 'timeline_id'));
    INSERT INTO branching.branch (project_id, name, uid, timeline_id, kind, owner, protected)
    VALUES (new_project_id, 'main', p_main_uid, new_timeline_id, 'main', p_owner, true)
    RETURNING branch_id INTO new_branch_id;
    -- The hash before the first commit is 32 zero bytes.
    INSERT INTO branching.timeline (
        project_id, timeline_id, branch_id, start_version, head_version, head_hash, protected)
    OVERRIDING SYSTEM VALUE
    VALUES (new_project_id, new_timeline_id, new_branch_id, 0, 0, decode(repeat('00', 32), 'hex'), true);
    RETURN new_project_id;
END
$$;

GRANT EXECUTE ON FUNCTION branching.create_project(text, uuid, uuid, text, text, text, jsonb)
    TO dendrite_branch_service;
