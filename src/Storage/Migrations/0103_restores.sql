-- The second door to commits: a restore brings back commits that were made before, with their authors, messages and
-- times, in timelines that nobody sees until all of it is there. See docs/decisions/2026-11-21-backups.md.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE scheduling.restore (
    project_id bigint NOT NULL,
    -- The operation that does it.
    restore_id text COLLATE "C" NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'dropped')),
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id, restore_id)
);

-- Numbers in the backup, and here.
CREATE TABLE scheduling.restore_timeline (
    project_id bigint NOT NULL,
    restore_id text COLLATE "C" NOT NULL,
    source_timeline_id bigint NOT NULL,
    timeline_id bigint NOT NULL,
    PRIMARY KEY (project_id, restore_id, source_timeline_id),
    FOREIGN KEY (project_id, restore_id) REFERENCES scheduling.restore ON DELETE CASCADE
);
CREATE UNIQUE INDEX restore_of_timeline ON scheduling.restore_timeline (project_id, timeline_id);

CREATE TABLE scheduling.restore_version (
    project_id bigint NOT NULL,
    restore_id text COLLATE "C" NOT NULL,
    source_version bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (project_id, restore_id, source_version),
    FOREIGN KEY (project_id, restore_id) REFERENCES scheduling.restore ON DELETE CASCADE
);

-- What a stream or dataset was numbered ('stream', 'dataset').
CREATE TABLE scheduling.restore_number (
    project_id bigint NOT NULL,
    restore_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('stream', 'dataset')),
    source_number bigint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (project_id, restore_id, kind, source_number),
    FOREIGN KEY (project_id, restore_id) REFERENCES scheduling.restore ON DELETE CASCADE
);

-- Chunks that were inserted, each in the transaction of its rows: so none is twice.
CREATE TABLE scheduling.restore_chunk (
    project_id bigint NOT NULL,
    restore_id text COLLATE "C" NOT NULL,
    source_timeline_id bigint NOT NULL,
    place integer NOT NULL,
    PRIMARY KEY (project_id, restore_id, source_timeline_id, place),
    FOREIGN KEY (project_id, restore_id) REFERENCES scheduling.restore ON DELETE CASCADE
);

SELECT branching.isolate('scheduling.restore');
SELECT branching.isolate('scheduling.restore_timeline');
SELECT branching.isolate('scheduling.restore_version');
SELECT branching.isolate('scheduling.restore_number');
SELECT branching.isolate('scheduling.restore_chunk');

GRANT SELECT, INSERT ON scheduling.restore TO dendrite_scheduler_service;
GRANT SELECT ON scheduling.restore_timeline, scheduling.restore_version TO dendrite_scheduler_service;
GRANT SELECT, INSERT ON scheduling.restore_number, scheduling.restore_chunk TO dendrite_scheduler_service;
-- Two that settle one number at once meet at its row.
GRANT UPDATE (number) ON scheduling.restore_number TO dendrite_scheduler_service;
-- Rows of timelines that a restore made; that nobody sees them before their commits keeps them harmless.
GRANT INSERT ON signals.stream, signals.append, signals.block, signals.gap, signals.mask, signals.time_anchor,
    signals.annotation, records.dataset, records.row, records.lookup, branching.merged_vector
    TO dendrite_scheduler_service;

-- The timelines of a restore, of no branch yet. Again: nothing more.
CREATE FUNCTION scheduling.begin_restore(p_restore_id text, p_source_timelines bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    INSERT INTO scheduling.restore (project_id, restore_id) VALUES (p_project_id, p_restore_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM scheduling.restore r
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id AND r.state = 'running' FOR UPDATE;
    IF NOT FOUND OR EXISTS (
        SELECT FROM scheduling.restore_timeline t WHERE t.project_id = p_project_id AND t.restore_id = p_restore_id)
    THEN
        RETURN;
    END IF;
    WITH numbered AS (
        SELECT s.source_id, nextval('branching.timeline_timeline_id_seq') AS timeline_id
        -- In their order: who forked from whom keeps the lower number.
        FROM (SELECT unnest AS source_id FROM unnest(p_source_timelines) ORDER BY unnest) AS s
    ), lines AS (
        INSERT INTO branching.timeline (
            project_id, timeline_id, branch_id, start_version, head_version, head_hash, seal)
        OVERRIDING SYSTEM VALUE
        SELECT p_project_id, numbered.timeline_id, 0, 0, 0, decode(repeat('00', 32), 'hex'), 'reset' FROM numbered
    )
    INSERT INTO scheduling.restore_timeline (project_id, restore_id, source_timeline_id, timeline_id)
    SELECT p_project_id, p_restore_id, numbered.source_id, numbered.timeline_id FROM numbered;
END
$$;

-- Hands out a version for each of the source's, in their order: what came later there comes later here. Each call goes
-- on behind the one before.
CREATE FUNCTION scheduling.restore_versions(p_restore_id text, p_source_versions bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    last_source bigint;
BEGIN
    PERFORM FROM scheduling.restore r
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id AND r.state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Restore % does not go on.', p_restore_id USING ERRCODE = 'serialization_failure';
    END IF;
    SELECT coalesce(max(v.source_version), 0) INTO last_source FROM scheduling.restore_version v
    WHERE v.project_id = p_project_id AND v.restore_id = p_restore_id;
    INSERT INTO scheduling.restore_version (project_id, restore_id, source_version, version)
    SELECT p_project_id, p_restore_id, s.source_version, nextval('branching.version')
    FROM (
        SELECT unnest AS source_version FROM unnest(p_source_versions) WHERE unnest > last_source ORDER BY unnest
    ) AS s;
END
$$;

-- Commits of a timeline of the restore, behind those that are there; the chain of hashes is made anew, for it names
-- project, timeline and version. Again: those that are there are left out.
CREATE FUNCTION scheduling.restore_commits(
    p_restore_id text, p_timeline_id bigint, p_start_version bigint, p_commits jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    line branching.timeline;
    made record;
    made_hash bytea;
BEGIN
    SELECT t.* INTO line
    FROM branching.timeline t
    JOIN scheduling.restore_timeline r ON r.project_id = t.project_id AND r.timeline_id = t.timeline_id
    JOIN scheduling.restore s ON s.project_id = r.project_id AND s.restore_id = r.restore_id
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id AND r.restore_id = p_restore_id
        AND s.state = 'running'
    FOR UPDATE OF t;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Restore % does not go on.', p_restore_id USING ERRCODE = 'serialization_failure';
    END IF;
    IF line.head_version = 0 AND p_start_version > 0 THEN
        SELECT c.hash, c.commit_time INTO STRICT line.head_hash, line.head_time FROM branching.commit c
        JOIN scheduling.restore_timeline r ON r.project_id = c.project_id AND r.timeline_id = c.timeline_id
        WHERE c.project_id = p_project_id AND c.version = p_start_version AND r.restore_id = p_restore_id;
        line.start_version := p_start_version;
        line.head_version := p_start_version;
    END IF;
    FOR made IN
        SELECT * FROM jsonb_to_recordset(p_commits) AS c (
            source_version bigint, kind text, author text, message text, commit_time timestamptz, digest text,
            statistics jsonb)
        -- Only versions that were handed out to this restore.
        JOIN scheduling.restore_version v USING (source_version)
        WHERE v.project_id = p_project_id AND v.restore_id = p_restore_id
        ORDER BY v.version
    LOOP
        CONTINUE WHEN made.version <= line.head_version;
        IF made.kind NOT IN ('append', 'write', 'merge', 'revert', 'pick') OR made.author = ''
            OR length(made.author) > 200 OR length(made.message) > 4000 OR length(made.digest) <> 64
            OR jsonb_typeof(made.statistics) <> 'object'
        THEN
            RAISE EXCEPTION 'Commit % of the backup is none.', made.source_version USING ERRCODE = 'check_violation';
        END IF;
        made_hash := branching.commit_hash(
            line.head_hash, p_project_id, p_timeline_id, made.version, made.commit_time, made.author, made.message,
            decode(made.digest, 'hex'));
        INSERT INTO branching.commit VALUES (
            p_project_id, made.version, p_timeline_id,
            CASE WHEN line.head_version = line.start_version THEN 0 ELSE line.head_version END,
            line.head_hash, made_hash, made.kind, made.author, made.message, made.commit_time,
            decode(made.digest, 'hex'), made.statistics);
        line.head_version := made.version;
        line.head_hash := made_hash;
        line.head_time := made.commit_time;
    END LOOP;
    UPDATE branching.timeline t
    SET start_version = line.start_version, head_version = line.head_version, head_hash = line.head_hash,
        head_time = line.head_time
    WHERE t.project_id = p_project_id AND t.timeline_id = p_timeline_id;
END
$$;

-- Numbers that nobody has: the sequence is moved up to one that a backup says, if it is not far. False: too far, or
-- handed out before.
CREATE FUNCTION scheduling.keep_number(p_kind text, p_number bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sequence regclass := CASE p_kind
        WHEN 'stream' THEN 'signals.stream_number'::regclass
        WHEN 'dataset' THEN 'records.dataset_id'::regclass
        WHEN 'column' THEN 'records.column_number'::regclass END;
    last_number bigint;
BEGIN
    SELECT coalesce(s.last_value, s.start_value - 1) INTO last_number FROM pg_sequences s
    WHERE format('%I.%I', s.schemaname, s.sequencename)::regclass = sequence;
    IF p_number <= last_number THEN
        RETURN false;
    ELSIF p_number - last_number > 1000000 THEN
        RETURN false;
    END IF;
    -- By handing out what lies between, and not by setting it: somebody else may be asking for numbers now.
    LOOP
        last_number := nextval(sequence);
        EXIT WHEN last_number >= p_number;
    END LOOP;
    RETURN last_number = p_number;
END
$$;

-- SELECT: which was the last.
GRANT USAGE, SELECT ON SEQUENCE signals.stream_number, records.dataset_id, records.column_number
    TO dendrite_scheduler_service;

-- What a stream's or dataset's number is known by in a project, without reading all of it.
CREATE INDEX stream_by_number ON signals.stream (project_id, stream_id);

-- Makes what was restored visible, all at once: vectors, then branches and tags. False: it was done before.
CREATE FUNCTION scheduling.finish_restore(
    p_restore_id text, p_absorbed jsonb, p_branches jsonb, p_tags jsonb
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    main branching.branch;
    part record;
BEGIN
    UPDATE scheduling.restore r SET state = 'done'
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id AND r.state = 'running';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Nobody judges meanwhile what is seen.
    PERFORM pg_advisory_xact_lock_shared(branching.vectors_lock());
    FOR part IN
        SELECT * FROM jsonb_to_recordset(p_absorbed) AS a (
            timeline_id bigint, target_timeline_id bigint, version bigint)
    LOOP
        PERFORM branching.mark_absorbed(part.timeline_id, part.target_timeline_id, part.version);
    END LOOP;
    -- As those of purged branches: they go when nobody sees them any more. Those of the branches live again below.
    UPDATE branching.timeline t SET seal = 'deleted', purge_time = statement_timestamp()
    FROM scheduling.restore_timeline r
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id
        AND t.project_id = p_project_id AND t.timeline_id = r.timeline_id;
    FOR part IN SELECT value AS branch FROM jsonb_array_elements(p_branches) LOOP
        PERFORM scheduling.restore_branch(part.branch);
    END LOOP;
    FOR part IN SELECT value AS tag FROM jsonb_array_elements(p_tags) LOOP
        PERFORM scheduling.restore_tag(part.tag);
    END LOOP;
    DELETE FROM scheduling.restore_timeline r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_version r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_number r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_chunk r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    RETURN true;
END
$$;

-- One branch of a restore. A main without any commit takes the state of the one that was backed up: so an empty
-- platform gets its main back.
CREATE FUNCTION scheduling.restore_branch(p_branch jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    given record;
    new_branch_id bigint;
    old_timeline_id bigint;
    parent_id bigint;
BEGIN
    SELECT * INTO given FROM jsonb_to_record(p_branch) AS b (
        name text, uid uuid, timeline_id bigint, kind text, display_name text, description text, labels jsonb,
        owner text, protected boolean, parent_name text, fork_version bigint, experiment_state text,
        experiment_reason text, entries jsonb);
    SELECT b.branch_id, b.timeline_id INTO new_branch_id, old_timeline_id FROM branching.branch b
    JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = b.timeline_id
    WHERE b.project_id = p_project_id AND b.name = given.name AND b.kind = 'main'
        AND t.head_version = 0 AND given.kind = 'main'
    FOR UPDATE OF b, t;
    SELECT coalesce(max(b.branch_id) FILTER (WHERE b.name = given.parent_name), max(b.branch_id) FILTER (
        WHERE b.kind = 'main')) INTO parent_id
    FROM branching.branch b WHERE b.project_id = p_project_id AND (b.name = given.parent_name OR b.kind = 'main');
    IF new_branch_id IS NOT NULL THEN
        UPDATE branching.timeline t SET seal = 'reset'
        WHERE t.project_id = p_project_id AND t.timeline_id = old_timeline_id;
        UPDATE branching.branch b SET timeline_id = given.timeline_id, display_name = given.display_name,
            description = given.description, labels = given.labels, update_time = statement_timestamp(),
            revision = b.revision + 1
        WHERE b.project_id = p_project_id AND b.branch_id = new_branch_id;
    ELSE
        INSERT INTO branching.branch (
            project_id, name, uid, timeline_id, kind, display_name, description, labels, owner, protected,
            parent_branch_id, fork_version, experiment_state, experiment_time, experiment_actor, experiment_reason)
        SELECT p_project_id, given.name, given.uid, given.timeline_id, given.kind, given.display_name,
            given.description, given.labels, given.owner, given.protected, parent_id,
            coalesce(given.fork_version, 0), given.experiment_state,
            -- Retention counts from here: what was restored today is not deleted tonight.
            CASE WHEN given.experiment_state IS NOT NULL THEN statement_timestamp() END,
            CASE WHEN given.experiment_state IS NOT NULL THEN given.owner END, given.experiment_reason
        RETURNING branch_id INTO new_branch_id;
    END IF;
    UPDATE branching.timeline t
    SET branch_id = new_branch_id, seal = NULL, purge_time = NULL, protected = b.protected
    FROM branching.branch b
    WHERE b.project_id = p_project_id AND b.branch_id = new_branch_id
        AND t.project_id = p_project_id AND t.timeline_id = given.timeline_id;
    INSERT INTO branching.vector_entry (
        project_id, timeline_id, owner_timeline_id, since_version, through_version)
    SELECT p_project_id, given.timeline_id, e.owner, e.since, e.through
    FROM jsonb_to_recordset(given.entries) AS e (owner bigint, since bigint, through bigint)
    -- What the timeline wrote itself is its head.
    WHERE e.owner <> given.timeline_id;
END
$$;

CREATE FUNCTION scheduling.restore_tag(p_tag jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    given record;
    new_tag_id bigint;
BEGIN
    SELECT * INTO given FROM jsonb_to_record(p_tag) AS g (
        name text, uid uuid, timeline_id bigint, version bigint, description text, labels jsonb, metadata jsonb,
        creator text, create_time timestamptz, entries jsonb);
    INSERT INTO branching.tag (
        project_id, name, uid, branch_id, timeline_id, version, description, labels, metadata, creator, create_time)
    SELECT p_project_id, given.name, given.uid, t.branch_id, given.timeline_id, given.version, given.description,
        given.labels, nullif(given.metadata, 'null'), given.creator, given.create_time
    FROM branching.timeline t WHERE t.project_id = p_project_id AND t.timeline_id = given.timeline_id
    RETURNING tag_id INTO STRICT new_tag_id;
    INSERT INTO branching.tag_entry (project_id, tag_id, owner_timeline_id, since_version, through_version)
    SELECT p_project_id, new_tag_id, e.owner, e.since, e.through
    FROM jsonb_to_recordset(given.entries) AS e (owner bigint, since bigint, through bigint);
END
$$;

-- Gives up a restore: what it brought is seen by nobody, and is removed as any garbage is. False: it is done, or
-- nobody began it.
CREATE FUNCTION scheduling.drop_restore(p_restore_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
BEGIN
    UPDATE scheduling.restore r SET state = 'dropped'
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id AND r.state = 'running';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE branching.timeline t
    SET seal = 'deleted', purge_time = statement_timestamp(),
        -- A timeline that ends at 0 counts as seen whole: there is nothing of it.
        head_version = greatest(t.head_version, 1)
    FROM scheduling.restore_timeline r
    WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id
        AND t.project_id = p_project_id AND t.timeline_id = r.timeline_id;
    DELETE FROM scheduling.restore_timeline r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_version r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_number r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    DELETE FROM scheduling.restore_chunk r WHERE r.project_id = p_project_id AND r.restore_id = p_restore_id;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION scheduling.begin_restore(text, bigint[]), scheduling.restore_versions(text, bigint[]),
    scheduling.restore_commits(text, bigint, bigint, jsonb), scheduling.keep_number(text, bigint),
    scheduling.finish_restore(text, jsonb, jsonb, jsonb), scheduling.drop_restore(text)
    TO dendrite_scheduler_service;
