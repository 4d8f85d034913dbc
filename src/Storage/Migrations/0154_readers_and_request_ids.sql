-- brain_signals tells readers by their role's number beside its name, shows no state that a branch never had, and has
-- no rate for a stream that is irregular. A request makes one project.
SET LOCAL ROLE dendrite_owner;

-- Roles come and go, and names with them: a later role of that name is somebody else. Whoever is no role any more
-- cannot log in, and is let again once there is one.
ALTER TABLE access.reader NO FORCE ROW LEVEL SECURITY;
ALTER TABLE access.reader ADD COLUMN role_oid oid;
UPDATE access.reader r SET role_oid = a.oid FROM pg_catalog.pg_roles a WHERE a.rolname = r.role_name;
DELETE FROM access.reader WHERE role_oid IS NULL;
ALTER TABLE access.reader ALTER COLUMN role_oid SET NOT NULL;
ALTER TABLE access.reader FORCE ROW LEVEL SECURITY;

-- As in 0074, but for the role's number; letting a role that does not exist is a mistake, and taking back from one
-- that never was let too.
CREATE OR REPLACE FUNCTION access.let_read(role_name text, project text, may boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := (SELECT p.project_id FROM branching.find_project(let_read.project) p);
    p_role_oid oid := (SELECT a.oid FROM pg_roles a WHERE a.rolname = let_read.role_name);
    p_known boolean := p_role_oid IS NOT NULL;
BEGIN
    IF p_project_id IS NULL THEN
        RAISE EXCEPTION 'there is no project %', let_read.project USING ERRCODE = 'no_data_found';
    END IF;
    IF may AND p_known THEN
        INSERT INTO access.reader AS r (role_name, project_id, role_oid)
        VALUES (let_read.role_name, p_project_id, p_role_oid)
        ON CONFLICT ON CONSTRAINT reader_pkey DO UPDATE SET role_oid = excluded.role_oid;
    ELSIF NOT may THEN
        DELETE FROM access.reader r WHERE r.role_name = let_read.role_name AND r.project_id = p_project_id;
        p_known := p_known OR FOUND;
    END IF;
    IF NOT p_known THEN
        RAISE EXCEPTION 'there is no role %', let_read.role_name USING ERRCODE = 'undefined_object',
            HINT = 'Make it first: CREATE ROLE … LOGIN IN ROLE dendrite_reader_service.';
    END IF;
END
$$;

-- As in 0074, but for the role's number.
CREATE OR REPLACE FUNCTION brain_signals.sight_now() RETURNS brain_signals.sight
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen text := coalesce(current_setting('brain_signals.project', true), '');
    p_role_oid oid := (SELECT a.oid FROM pg_roles a WHERE a.rolname = session_user);
    seen brain_signals.sight;
BEGIN
    IF chosen = '' THEN
        RAISE EXCEPTION 'no branch is chosen' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Begin with SELECT brain_signals.use(''my-project'', ''main'').';
    END IF;
    SELECT p.project_id INTO seen.project_id FROM branching.find_project(chosen) p
    WHERE EXISTS (
            SELECT FROM access.reader r
            WHERE r.role_name = session_user AND r.role_oid = p_role_oid AND r.project_id = p.project_id)
        OR pg_has_role(session_user, 'dendrite_owner', 'MEMBER');
    IF seen.project_id IS NULL THEN
        -- The same words for a project that is not there: its name is nobody else's business.
        RAISE EXCEPTION 'role % reads no project %', session_user, chosen USING ERRCODE = 'insufficient_privilege',
            HINT = 'The database''s owner lets it: SELECT access.let_read(role, project).';
    END IF;
    PERFORM set_config('dendrite.project_id', seen.project_id::text, true);
    SELECT coalesce(array_agg(v.owner_timeline_id), '{}'), coalesce(array_agg(v.through_version), '{}')
    INTO seen.owners, seen.through
    FROM brain_signals.vector_of(
        seen.project_id, coalesce(current_setting('brain_signals.branch', true), 'main'),
        coalesce(current_setting('brain_signals.at', true), '')) v;
    RETURN seen;
END
$$;

-- As in 0074, but for versions: as with the services, only the number of a commit in the branch's line is a state of
-- it, before its fork too, and 0 the one before its first commit.
CREATE OR REPLACE FUNCTION brain_signals.vector_of(p_project_id bigint, p_branch text, p_at text)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_tag text := CASE WHEN p_at = '' OR p_at ~ '^[0-9]' THEN NULL ELSE regexp_replace(p_at, '^tag:', '') END;
    p_timeline_id bigint;
    p_version bigint;
BEGIN
    IF p_tag IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM branching.tag t WHERE t.project_id = p_project_id AND t.name = p_tag) THEN
            RAISE EXCEPTION 'there is no tag %', p_tag USING ERRCODE = 'no_data_found',
                HINT = 'A state is a version (42), an instant (2026-11-21T08:30:00Z) or a tag.';
        END IF;
        RETURN QUERY
        SELECT e.owner_timeline_id, max(e.through_version)
        FROM branching.tag t JOIN branching.tag_entry e ON e.project_id = t.project_id AND e.tag_id = t.tag_id
        WHERE t.project_id = p_project_id AND t.name = p_tag
        GROUP BY e.owner_timeline_id;
        RETURN;
    END IF;
    SELECT b.timeline_id INTO p_timeline_id FROM branching.branch b
    WHERE b.project_id = p_project_id AND b.name = p_branch AND b.delete_time IS NULL;
    IF p_timeline_id IS NULL THEN
        RAISE EXCEPTION 'there is no branch %', p_branch USING ERRCODE = 'no_data_found';
    END IF;
    IF p_at = '' THEN
        RETURN QUERY SELECT * FROM branching.vector_at_head(p_timeline_id);
    ELSIF p_at ~ '^[0-9]+$' THEN
        p_version := least(p_at::numeric, 9223372036854775807);
        IF p_version <> coalesce((
            SELECT max(v.through_version) FROM branching.vector_as_of(p_timeline_id, p_version) v), 0)
        THEN
            RAISE EXCEPTION 'branch % has no commit % in its line', p_branch, p_at USING ERRCODE = 'no_data_found',
                HINT = '`dendrite log` lists its commits. Of an instant there is a state always.';
        END IF;
        RETURN QUERY SELECT * FROM branching.vector_as_of(p_timeline_id, p_version);
    ELSE
        RETURN QUERY SELECT * FROM branching.vector_as_of(
            p_timeline_id, branching.version_at(p_timeline_id, p_at::timestamptz));
    END IF;
END
$$;

-- As in 0126, but that an irregular stream has no rate instead of one of 0.
CREATE OR REPLACE FUNCTION brain_signals.list_streams()
RETURNS TABLE (
    name text, uid uuid, display_name text, finished boolean, sample_rate_hz numeric, start_time timestamptz,
    start_time_ns bigint, end_sample bigint, missing_samples bigint, channel_count integer, stored_bytes bigint,
    device jsonb, labels jsonb, metadata jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
BEGIN
    RETURN QUERY
    SELECT s.name, s.uid, s.display_name, s.finished, nullif(s.rate_samples, 0)::numeric / s.rate_seconds,
        brain_signals.instant(s.start_time_ns), s.start_time_ns, coalesce(max(a.next_sample), 0),
        CASE WHEN count(*) FILTER (WHERE a.missing_samples > 0) > 1
            THEN signals.missing_samples(seen.project_id, s.stream_id, seen.owners, seen.through)
            ELSE coalesce(sum(a.missing_samples), 0)::bigint END,
        jsonb_array_length(s.channels), coalesce(sum(a.stored_bytes), 0)::bigint, s.device, s.labels, s.metadata
    FROM brain_signals.streams_in(seen) s
    LEFT JOIN LATERAL signals.seen(s.stream_id, seen.owners, seen.through) AS line (timeline_id, through) ON true
    LEFT JOIN LATERAL (
        SELECT * FROM signals.append a
        WHERE a.project_id = seen.project_id AND a.timeline_id = line.timeline_id
            AND a.stream_id = s.stream_id AND a.version <= line.through
        ORDER BY a.version DESC
        LIMIT 1
    ) AS a ON true
    GROUP BY s.stream_id, s.name, s.uid, s.display_name, s.finished, s.rate_samples, s.rate_seconds, s.start_time_ns,
        s.channels, s.device, s.labels, s.metadata;
END
$$;

-- The id of a request counts within its project; that of one which makes a project, for all of them. Of those that made
-- several, the first is remembered.
ALTER TABLE branching.request NO FORCE ROW LEVEL SECURITY;
DELETE FROM branching.request r USING branching.request earlier
WHERE r.method = 'CreateProject' AND earlier.method = 'CreateProject'
    AND earlier.request_id = r.request_id AND earlier.project_id < r.project_id;
ALTER TABLE branching.request FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX request_makes_one_project ON branching.request (request_id) WHERE method = 'CreateProject';
