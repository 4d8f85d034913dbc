-- A commit of one record costs little more than a row written without versions. What PostgreSQL would compile anew for
-- every statement is not said in every statement: see docs/decisions/2026-11-21-short-commits.md.
SET LOCAL ROLE dendrite_owner;

-- A table's CHECKs are read from the catalog and compiled for each statement that writes to it, 7 µs each; a commit
-- writes to these two tables and nothing else of theirs. Only the door below inserts commits, and it says the same.
ALTER TABLE branching.commit
    DROP CONSTRAINT commit_kind_check,
    DROP CONSTRAINT commit_author_check,
    DROP CONSTRAINT commit_message_check,
    DROP CONSTRAINT commit_digest_check;

-- Of a timeline the door changes only where the head is. Whatever else may be written to it is checked when it is.
ALTER TABLE branching.timeline
    DROP CONSTRAINT timeline_start_version_check,
    DROP CONSTRAINT timeline_check,
    DROP CONSTRAINT timeline_head_hash_check,
    DROP CONSTRAINT timeline_seal_check,
    DROP CONSTRAINT timeline_check1,
    DROP CONSTRAINT timeline_check2;

CREATE FUNCTION branching.check_timeline() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.start_version < 0 OR NEW.head_version < NEW.start_version OR length(NEW.head_hash) <> 32
        OR NEW.seal NOT IN ('deleted', 'archived', 'reset')
        OR (NEW.absorbed_into_timeline_id IS NULL) <> (NEW.absorbed_at_version IS NULL)
        OR NEW.absorbed_into_timeline_id = NEW.timeline_id
    THEN
        RAISE EXCEPTION 'Timeline % would contradict itself: %.', NEW.timeline_id, to_jsonb(NEW)
            USING ERRCODE = 'check_violation', TABLE = 'timeline', SCHEMA = 'branching';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER check_timeline
    BEFORE INSERT OR UPDATE OF start_version, seal, absorbed_into_timeline_id, absorbed_at_version
    ON branching.timeline FOR EACH ROW EXECUTE FUNCTION branching.check_timeline();

-- Which branch a timeline is found by. A branch that is renamed, deleted, undeleted or reset is found by another name
-- or leads to another timeline; every such change adds one to both timelines. So who remembers that a name led to a
-- timeline needs to look only at the timeline's row to know whether it still does.
ALTER TABLE branching.timeline ADD COLUMN name_revision bigint NOT NULL DEFAULT 0;

CREATE FUNCTION branching.count_name_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE branching.timeline t SET name_revision = t.name_revision + 1
    WHERE t.project_id = NEW.project_id AND t.timeline_id IN (OLD.timeline_id, NEW.timeline_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER count_name_revision
    AFTER UPDATE OF name, timeline_id, delete_time ON branching.branch FOR EACH ROW
    WHEN ((OLD.name, OLD.timeline_id, OLD.delete_time) IS DISTINCT FROM (NEW.name, NEW.timeline_id, NEW.delete_time))
    EXECUTE FUNCTION branching.count_name_revision();

-- The door, also for who has read the branch before and will commit only to what was read: p_expected_head is the head
-- then, p_expected_name_revision the timeline's; null: whatever they are. Refused with DN050 where they are others now.
--
-- Row-level security names the project in each statement; to name it again would only be compared with itself.
CREATE FUNCTION branching.commit(
    p_timeline_id bigint, p_kind text, p_author text, p_message text, p_digest bytea, p_statistics jsonb,
    p_expected_head bigint, p_expected_name_revision bigint,
    OUT version bigint, OUT commit_time timestamptz, OUT hash bytea
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    p_project_id bigint := branching.current_project();
    start_version bigint;
    head_version bigint;
    head_hash bytea;
    head_time timestamptz;
    seal text;
    protected boolean;
    name_revision bigint;
    author bytea := convert_to(p_author, 'UTF8');
    message bytea := convert_to(p_message, 'UTF8');
    told text;
BEGIN
    IF p_kind IN ('append', 'write', 'merge', 'revert', 'pick') AND p_author <> '' AND length(p_author) <= 200
        AND length(p_message) <= 4000 AND length(p_digest) = 32
    THEN
    ELSE
        RAISE EXCEPTION 'A commit of kind % with an author of % and a message of % characters is none.', p_kind,
            length(p_author), length(p_message) USING ERRCODE = 'check_violation';
    END IF;

    SELECT t.start_version, t.head_version, t.head_hash, t.head_time, t.seal, t.protected, t.name_revision
    INTO start_version, head_version, head_hash, head_time, seal, protected, name_revision
    FROM branching.timeline t
    WHERE t.timeline_id = p_timeline_id
    FOR UPDATE;

    IF head_version IS NULL THEN
        RAISE EXCEPTION 'Timeline % does not exist in this project.', p_timeline_id USING ERRCODE = 'DN002';
    ELSIF head_version <> p_expected_head OR name_revision <> p_expected_name_revision THEN
        RAISE EXCEPTION 'The branch has moved from version % to % meanwhile.', p_expected_head, head_version
            USING ERRCODE = 'DN050';
    ELSIF seal IS NOT NULL OR (protected AND p_kind <> 'merge') THEN
        PERFORM branching.refuse_commit(p_timeline_id, seal);
    END IF;

    -- Only now, under the lock: version order is commit order.
    version := nextval('branching.version');
    -- Time does not go back along a line, whatever the server's clock does.
    commit_time := greatest(clock_timestamp(), head_time);
    -- branching.commit_hash, in place: a function of SQL that is called from here would be parsed for each commit.
    hash := sha256(
        convert_to('dendrite commit 1', 'UTF8') || head_hash
        || int8send(p_project_id) || int8send(p_timeline_id) || int8send(version)
        || int8send((extract(epoch FROM commit_time) * 1000000)::bigint)
        || int4send(octet_length(author)) || author
        || int4send(octet_length(message)) || message
        || int4send(octet_length(p_digest)) || p_digest
    );

    INSERT INTO branching.commit VALUES (
        p_project_id, version, p_timeline_id, CASE WHEN head_version = start_version THEN 0 ELSE head_version END,
        head_hash, hash, p_kind, p_author, p_message, commit_time, p_digest, p_statistics);
    UPDATE branching.timeline t
    SET head_version = version, head_hash = hash, head_time = commit_time
    WHERE t.timeline_id = p_timeline_id;

    told := set_config('dendrite.version', version::text, true);
END
$$;

-- Why a timeline takes no commit.
CREATE FUNCTION branching.refuse_commit(p_timeline_id bigint, p_seal text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    branch_name text;
BEGIN
    SELECT b.name INTO branch_name
    FROM branching.branch b JOIN branching.timeline t ON t.project_id = b.project_id AND t.branch_id = b.branch_id
    WHERE t.timeline_id = p_timeline_id;
    IF p_seal IS NOT NULL THEN
        RAISE EXCEPTION 'Branch ''%'' takes no writes: it is %.', branch_name,
            CASE p_seal WHEN 'reset' THEN 'reset; open it again to write to its new state' ELSE p_seal END
            USING ERRCODE = 'DN003';
    END IF;
    RAISE EXCEPTION
        'Branch ''%'' is protected and takes merges only: write to a branch of it and merge that.', branch_name
        USING ERRCODE = 'DN004';
END
$$;

CREATE OR REPLACE FUNCTION branching.commit(
    p_timeline_id bigint, p_kind text, p_author text, p_message text, p_digest bytea, p_statistics jsonb,
    OUT version bigint, OUT commit_time timestamptz, OUT hash bytea
)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM branching.commit(
        p_timeline_id, p_kind, p_author, p_message, p_digest, p_statistics, NULL, NULL)
$$;

GRANT EXECUTE ON FUNCTION branching.commit(bigint, text, text, text, bytea, jsonb, bigint, bigint)
    TO dendrite_branch_service, dendrite_ingest_service;
