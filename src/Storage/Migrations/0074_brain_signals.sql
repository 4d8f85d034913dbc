-- brain_signals: recordings for people with psql. What a branch sees, at any of its states, as views; docs/sql.md has
-- examples. It is read only and has nothing of its own: every row comes from signals, through the same snapshots as
-- the services' reads.
--
-- A person logs in as a role of their own, a member of dendrite_reader_service, which may use this schema and nothing
-- else. Which projects they read stands in access.reader. A setting of the session cannot decide that, for whoever
-- writes SQL may set it: so every function here runs as the owner and looks there by the session's login role.
DO $$
BEGIN
    BEGIN
        CREATE ROLE dendrite_reader_service NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;

    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dendrite_reader_service', current_database());
END
$$;

CREATE SCHEMA brain_signals AUTHORIZATION dendrite_owner;

SET LOCAL ROLE dendrite_owner;

-- Asked before a project is known, by functions that run as the owner; nobody else has a right to it.
CREATE TABLE access.reader (
    -- A role that may log in.
    role_name text COLLATE "C" NOT NULL CHECK (role_name <> ''),
    project_id bigint NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (role_name, project_id)
);

SELECT branching.isolate('access.reader');
CREATE POLICY every_row_for_lookups ON access.reader TO dendrite_owner USING (true) WITH CHECK (true);

-- Lets a role read a project, or no longer; for the database's owner. Making the role a member of
-- dendrite_reader_service is a step of its own.
CREATE FUNCTION access.let_read(role_name text, project text, may boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := (SELECT p.project_id FROM branching.find_project(let_read.project) p);
BEGIN
    IF p_project_id IS NULL THEN
        RAISE EXCEPTION 'there is no project %', let_read.project USING ERRCODE = 'no_data_found';
    END IF;
    IF may THEN
        INSERT INTO access.reader AS r (role_name, project_id) VALUES (let_read.role_name, p_project_id)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM access.reader r WHERE r.role_name = let_read.role_name AND r.project_id = p_project_id;
    END IF;
END
$$;

-- What a session has chosen, resolved: a project and a snapshot of it.
CREATE TYPE brain_signals.sight AS (project_id bigint, owners bigint[], through bigint[]);

-- A branch's vector, or a tag's, by the words of `use`.
CREATE FUNCTION brain_signals.vector_of(p_project_id bigint, p_branch text, p_at text)
RETURNS TABLE (owner_timeline_id bigint, through_version bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_tag text := CASE WHEN p_at = '' OR p_at ~ '^[0-9]' THEN NULL ELSE regexp_replace(p_at, '^tag:', '') END;
    p_timeline_id bigint;
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
        RETURN QUERY SELECT * FROM branching.vector_as_of(p_timeline_id, p_at::bigint);
    ELSE
        RETURN QUERY SELECT * FROM branching.vector_as_of(
            p_timeline_id, branching.version_at(p_timeline_id, p_at::timestamptz));
    END IF;
END
$$;

-- What this session reads; every other function begins with it. The project is set for this transaction only once the
-- role is known to read it, and all that row-level security lets through afterwards is of that project.
CREATE FUNCTION brain_signals.sight_now() RETURNS brain_signals.sight
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen text := coalesce(current_setting('brain_signals.project', true), '');
    seen brain_signals.sight;
BEGIN
    IF chosen = '' THEN
        RAISE EXCEPTION 'no branch is chosen' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Begin with SELECT brain_signals.use(''my-project'', ''main'').';
    END IF;
    SELECT p.project_id INTO seen.project_id FROM branching.find_project(chosen) p
    WHERE EXISTS (SELECT FROM access.reader r WHERE r.role_name = session_user AND r.project_id = p.project_id)
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

-- Chooses what the session reads until it chooses again: a branch, and a state of it (version, instant or tag; the
-- newest when left out). The newest is looked up by each statement; in a transaction of REPEATABLE READ it stays.
CREATE FUNCTION brain_signals.use(project text, branch text DEFAULT 'main', at text DEFAULT '') RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('brain_signals.project', use.project, false), set_config('brain_signals.branch', branch, false),
        set_config('brain_signals.at', at, false);
    PERFORM brain_signals.sight_now();
    RETURN format('projects/%s/branches/%s', use.project, branch) || CASE WHEN at = '' THEN '' ELSE ' at ' || at END;
END
$$;

-- The live streams, each by its newest descriptor.
CREATE FUNCTION brain_signals.streams_in(seen brain_signals.sight) RETURNS SETOF signals.stream
LANGUAGE sql STABLE
AS $$
    SELECT newest.* FROM (
        SELECT DISTINCT ON (s.stream_id) s.*
        FROM branching.seen(seen.owners, seen.through) AS line (timeline_id, through)
        JOIN signals.stream s ON s.project_id = seen.project_id
            AND s.timeline_id = line.timeline_id AND s.version <= line.through
        ORDER BY s.stream_id, s.version DESC
    ) AS newest
    WHERE NOT newest.deleted
$$;

-- The stream of a name.
CREATE FUNCTION brain_signals.stream_named(seen brain_signals.sight, p_name text) RETURNS signals.stream
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_stream signals.stream;
BEGIN
    SELECT s.* INTO found_stream FROM brain_signals.streams_in(seen) s
    WHERE s.name = p_name
    ORDER BY s.stream_id
    LIMIT 1;
    IF found_stream.stream_id IS NULL THEN
        RAISE EXCEPTION 'there is no stream %', p_name USING ERRCODE = 'no_data_found',
            HINT = 'SELECT name FROM brain_signals.streams lists them.';
    END IF;
    RETURN found_stream;
END
$$;

-- Nanoseconds since 1970 as an instant; PostgreSQL has microseconds.
CREATE FUNCTION brain_signals.instant(nanoseconds bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$ SELECT timestamptz 'epoch' + (nanoseconds / 1000) * interval '1 microsecond' $$;

-- The physical value of a stored one: by the channel's two points where it has them, in the order of operations of the
-- EDF formula, otherwise by scale and offset.
CREATE FUNCTION brain_signals.physical(stored double precision, channel jsonb) RETURNS double precision
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN (channel ->> 'digitalMinimum')::float8 <> (channel ->> 'digitalMaximum')::float8
            AND channel ? 'physicalMinimum' AND channel ? 'physicalMaximum'
        THEN (stored - (channel ->> 'digitalMinimum')::float8)
            * ((channel ->> 'physicalMaximum')::float8 - (channel ->> 'physicalMinimum')::float8)
            / ((channel ->> 'digitalMaximum')::float8 - (channel ->> 'digitalMinimum')::float8)
            + (channel ->> 'physicalMinimum')::float8
        ELSE stored * (channel ->> 'scale')::float8 + (channel ->> 'offset')::float8
    END
$$;

-- The channels of a stream with their places in the blocks of their groups, counted from 0.
CREATE FUNCTION brain_signals.places_of(channels jsonb)
RETURNS TABLE (place bigint, channel_group integer, place_in_group integer, label text, channel jsonb)
LANGUAGE sql IMMUTABLE STRICT
AS $$
    SELECT c.place, (c.value ->> 'channelGroup')::integer,
        (row_number() OVER (PARTITION BY (c.value ->> 'channelGroup')::integer ORDER BY c.place) - 1)::integer,
        c.value ->> 'label', c.value
    FROM jsonb_array_elements(channels) WITH ORDINALITY AS c (value, place)
$$;

-- What masks hide of a block of a version: of all channels (no label), or of one. Masks as rows of masks_of.
CREATE FUNCTION brain_signals.hidden_by(masks jsonb, block_version bigint, label text) RETURNS int8multirange
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(range_agg(int8range((m ->> 'first_sample')::bigint, (m ->> 'end_sample')::bigint)), '{}')
    FROM jsonb_array_elements(masks) AS m
    WHERE (m ->> 'version')::bigint > block_version
        AND CASE WHEN label IS NULL THEN jsonb_array_length(m -> 'channels') = 0 ELSE m -> 'channels' ? label END
$$;

-- The channels asked for, in the order of the stream, all when none is named; refuses a label that is not there.
CREATE FUNCTION brain_signals.wanted_places(channels jsonb, labels text[])
RETURNS TABLE (channel_group integer, place_in_group integer, label text, channel jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unknown text := (SELECT w FROM unnest(labels) AS w
        WHERE NOT EXISTS (SELECT FROM brain_signals.places_of(channels) p WHERE p.label = w) LIMIT 1);
BEGIN
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'there is no channel %', unknown USING ERRCODE = 'no_data_found',
            HINT = 'SELECT label FROM brain_signals.channels lists them.';
    END IF;
    RETURN QUERY SELECT p.channel_group, p.place_in_group, p.label, p.channel
    FROM brain_signals.places_of(channels) p WHERE labels IS NULL OR p.label = ANY (labels) ORDER BY p.place;
END
$$;

CREATE FUNCTION brain_signals.list_streams()
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
    SELECT s.name, s.uid, s.display_name, s.finished, s.rate_samples::numeric / s.rate_seconds,
        brain_signals.instant(s.start_time_ns), s.start_time_ns, coalesce(max(a.next_sample), 0),
        coalesce(sum(a.missing_samples), 0)::bigint, jsonb_array_length(s.channels),
        coalesce(sum(a.stored_bytes), 0)::bigint, s.device, s.labels, s.metadata
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

CREATE FUNCTION brain_signals.list_channels()
RETURNS TABLE (
    stream text, place integer, label text, unit text, sample_type text, channel_group integer, scale double precision,
    zero_offset double precision, physical_minimum double precision, physical_maximum double precision,
    digital_minimum bigint, digital_maximum bigint, transducer text, prefilter text, modality text, location text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
BEGIN
    RETURN QUERY
    SELECT s.name, c.place::integer, c.value ->> 'label', c.value ->> 'unit',
        (ARRAY['int16', 'int24', 'int32', 'float32', 'float64'])[(c.value ->> 'sampleType')::integer],
        (c.value ->> 'channelGroup')::integer, (c.value ->> 'scale')::float8, (c.value ->> 'offset')::float8,
        (c.value ->> 'physicalMinimum')::float8, (c.value ->> 'physicalMaximum')::float8,
        (c.value ->> 'digitalMinimum')::bigint, (c.value ->> 'digitalMaximum')::bigint,
        c.value ->> 'transducer', c.value ->> 'prefilter', c.value ->> 'modality', c.value ->> 'location'
    FROM brain_signals.streams_in(seen) s
    CROSS JOIN LATERAL jsonb_array_elements(s.channels) WITH ORDINALITY AS c (value, place);
END
$$;

CREATE FUNCTION brain_signals.annotations_of(stream text)
RETURNS TABLE (
    annotation_id uuid, start_sample bigint, onset_seconds numeric, duration_seconds numeric, text text,
    category text, channels text[], metadata jsonb, version bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
    p_stream_id bigint := (brain_signals.stream_named(seen, annotations_of.stream)).stream_id;
BEGIN
    RETURN QUERY
    SELECT newest.annotation_id, newest.start_sample, newest.onset_ns / 1000000000.0,
        newest.duration_ns / 1000000000.0, newest.text, newest.category, newest.channels, newest.metadata,
        newest.version
    FROM (
        SELECT DISTINCT ON (a.annotation_id) a.*
        FROM signals.seen(p_stream_id, seen.owners, seen.through) AS line (timeline_id, through)
        JOIN signals.annotation a ON a.project_id = seen.project_id AND a.timeline_id = line.timeline_id
            AND a.version <= line.through AND a.stream_id = p_stream_id
        ORDER BY a.annotation_id, a.version DESC
    ) AS newest
    WHERE NOT newest.deleted;
END
$$;

CREATE FUNCTION brain_signals.gaps_of(stream text)
RETURNS TABLE (first_sample bigint, end_sample bigint, channel_group integer, cause text, note text, version bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
    p_stream_id bigint := (brain_signals.stream_named(seen, gaps_of.stream)).stream_id;
BEGIN
    -- Both sides of a merge may have declared the same gap: it is told once. A group of null is all of them.
    RETURN QUERY
    SELECT DISTINCT ON (g.first_sample, g.channel_group)
        g.first_sample, g.first_sample + g.sample_count, nullif(g.channel_group, -1),
        coalesce((ARRAY['paused', 'device counter jump', 'spool overflow', 'declared'])[g.cause], 'declared'),
        g.note, g.version
    FROM signals.seen(p_stream_id, seen.owners, seen.through) AS line (timeline_id, through)
    JOIN signals.gap g ON g.project_id = seen.project_id AND g.timeline_id = line.timeline_id
        AND g.version <= line.through AND g.stream_id = p_stream_id
    ORDER BY g.first_sample, g.channel_group, g.sample_count DESC, g.version;
END
$$;

CREATE FUNCTION brain_signals.masks_of(stream text)
RETURNS TABLE (mask_id uuid, first_sample bigint, end_sample bigint, channels text[], reason text, version bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
    p_stream_id bigint := (brain_signals.stream_named(seen, masks_of.stream)).stream_id;
BEGIN
    -- A mask that was taken back and put again hides what it hid at first: its first row says from when on.
    RETURN QUERY
    SELECT newest.mask_id, newest.first_sample, newest.end_sample, newest.channels, newest.reason, newest.since
    FROM (
        SELECT DISTINCT ON (m.mask_id) m.*, min(m.version) OVER (PARTITION BY m.mask_id) AS since
        FROM signals.seen(p_stream_id, seen.owners, seen.through) AS line (timeline_id, through)
        JOIN signals.mask m ON m.project_id = seen.project_id AND m.timeline_id = line.timeline_id
            AND m.version <= line.through AND m.stream_id = p_stream_id
        ORDER BY m.mask_id, m.version DESC
    ) AS newest
    WHERE NOT newest.deleted;
END
$$;

CREATE FUNCTION brain_signals.time_anchors_of(stream text)
RETURNS TABLE (
    sample_index bigint, instant timestamptz, instant_ns bigint, device_seconds double precision,
    clock_offset_seconds double precision, uncertainty_seconds double precision
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
    p_stream_id bigint := (brain_signals.stream_named(seen, time_anchors_of.stream)).stream_id;
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (a.sample_index) a.sample_index, brain_signals.instant(a.instant_ns), a.instant_ns,
        a.device_seconds, a.clock_offset_seconds, a.uncertainty_seconds
    FROM signals.seen(p_stream_id, seen.owners, seen.through) AS line (timeline_id, through)
    JOIN signals.time_anchor a ON a.project_id = seen.project_id AND a.timeline_id = line.timeline_id
        AND a.version <= line.through AND a.stream_id = p_stream_id
    ORDER BY a.sample_index, a.version DESC;
END
$$;

CREATE VIEW brain_signals.streams AS SELECT * FROM brain_signals.list_streams();
CREATE VIEW brain_signals.channels AS SELECT * FROM brain_signals.list_channels();
CREATE VIEW brain_signals.annotations AS
    SELECT s.name AS stream, a.* FROM brain_signals.list_streams() s, brain_signals.annotations_of(s.name) a;
CREATE VIEW brain_signals.gaps AS
    SELECT s.name AS stream, g.* FROM brain_signals.list_streams() s, brain_signals.gaps_of(s.name) g;
CREATE VIEW brain_signals.masks AS
    SELECT s.name AS stream, m.* FROM brain_signals.list_streams() s, brain_signals.masks_of(s.name) m;
CREATE VIEW brain_signals.time_anchors AS
    SELECT s.name AS stream, a.* FROM brain_signals.list_streams() s, brain_signals.time_anchors_of(s.name) a;

GRANT USAGE ON SCHEMA brain_signals TO dendrite_reader_service;
GRANT SELECT ON brain_signals.streams, brain_signals.channels, brain_signals.annotations, brain_signals.gaps,
    brain_signals.masks, brain_signals.time_anchors TO dendrite_reader_service;
GRANT EXECUTE ON FUNCTION brain_signals.use(text, text, text), brain_signals.list_streams(),
    brain_signals.list_channels(), brain_signals.annotations_of(text), brain_signals.gaps_of(text),
    brain_signals.masks_of(text), brain_signals.time_anchors_of(text) TO dendrite_reader_service;
