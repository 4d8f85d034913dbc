-- Samples and summaries in SQL: the block format (docs/block-format.md) read by PL/pgSQL, for ranges that a person
-- looks at. Blocks were decoded and checked when they were stored; here a damaged one is an error, not a wrong value,
-- only where it cannot be read at all: `dendrite verify --data` looks at checksums. Dense blocks, which compaction
-- makes of settled ones, are refused with what to do: their entropy coding takes microseconds a bit here.
SET LOCAL ROLE dendrite_owner;

-- An unsigned number of up to four bytes, little-endian. Not STRICT, which would keep it from being inlined.
CREATE FUNCTION brain_signals.read_number(p bytea, place integer, bytes integer) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT get_byte(p, place)::bigint
        | CASE WHEN bytes > 1 THEN get_byte(p, place + 1)::bigint << 8 ELSE 0 END
        | CASE WHEN bytes > 2 THEN get_byte(p, place + 2)::bigint << 16 ELSE 0 END
        | CASE WHEN bytes > 3 THEN get_byte(p, place + 3)::bigint << 24 ELSE 0 END
$$;

-- An IEEE 754 number of four or eight bytes. Every step is exact: a whole number below 2^53 times a power of two.
CREATE FUNCTION brain_signals.read_float(p bytea, place integer, bytes integer) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    low bigint := brain_signals.read_number(p, place, 4);
    high bigint := CASE bytes WHEN 8 THEN brain_signals.read_number(p, place + 4, 4) ELSE 0 END;
    exponent integer := CASE bytes WHEN 8 THEN (high >> 20) & 2047 ELSE (low >> 23) & 255 END;
    fraction bigint := CASE bytes WHEN 8 THEN ((high & 1048575) << 32) | low ELSE low & 8388607 END;
    is_negative boolean := CASE bytes WHEN 8 THEN high >> 31 ELSE low >> 31 END = 1;
    magnitude double precision;
BEGIN
    IF exponent = (CASE bytes WHEN 8 THEN 2047 ELSE 255 END) THEN
        magnitude := CASE fraction WHEN 0 THEN 'Infinity'::float8 ELSE 'NaN'::float8 END;
    ELSIF exponent = 0 THEN
        magnitude := fraction * power(2::float8, CASE bytes WHEN 8 THEN -1074 ELSE -149 END);
    ELSIF bytes = 8 THEN
        magnitude := (fraction + 4503599627370496) * power(2::float8, exponent - 1075);
    ELSE
        magnitude := (fraction + 8388608) * power(2::float8, exponent - 150);
    END IF;
    RETURN CASE WHEN is_negative THEN -magnitude ELSE magnitude END;
END
$$;

-- A stored sample as it stands. Types are numbered as in the block header.
CREATE FUNCTION brain_signals.read_sample(p bytea, place integer, sample_type integer) RETURNS double precision
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE sample_type
        WHEN 1 THEN (brain_signals.read_number(p, place, 2) # 32768) - 32768
        WHEN 2 THEN (brain_signals.read_number(p, place, 3) # 8388608) - 8388608
        WHEN 3 THEN (brain_signals.read_number(p, place, 4) # 2147483648) - 2147483648
        WHEN 4 THEN brain_signals.read_float(p, place, 4)
        ELSE brain_signals.read_float(p, place, 8)
    END
$$;

-- Frames and runs of escaped16 (word 2) and escaped32 behind its shift (word 4), up to a sample; before signs and
-- shifts are restored. Numbers are unsigned, modulo 2^16 or 2^32.
CREATE FUNCTION brain_signals.read_frames(p bytea, start integer, word integer, sample_count integer, upto integer)
RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    x bigint[] := array_fill(0::bigint, ARRAY[greatest(upto, 1)]);
    z bigint[];
    all_ones bigint := CASE word WHEN 2 THEN 65535 ELSE 4294967295 END;
    place integer := start;
    i integer := 0;
    a bigint := 0;
    b bigint := 0;
    c bigint := 0;
    head integer; width integer; part integer; rest integer; parameter integer; tail integer; predictor integer;
    frame integer; base bigint; bit_place integer; zeros integer; q bigint; r bigint; at_word integer; in_word integer;
    packed bigint;
BEGIN
    WHILE i < upto LOOP
        head := brain_signals.read_number(p, place, 2);
        place := place + 2;
        frame := least(128, sample_count - i);
        IF head >= 32768 THEN
            frame := least((head & 32767) * 128, upto - i);
            FOR j IN i + 1 .. i + frame LOOP
                x[j] := a;
            END LOOP;
            i := i + frame;
            b := a;
            c := a;
            CONTINUE;
        END IF;
        predictor := head & 3;
        width := (head >> 2) & 63;
        parameter := (head >> 8) & 31;
        tail := (head >> 13) & 3;
        base := 0;
        IF predictor = 0 THEN
            base := brain_signals.read_number(p, place, word);
            place := place + word;
        END IF;
        z := array_fill(0::bigint, ARRAY[128]);
        rest := 0;
        WHILE rest < width LOOP
            part := least(width - rest, 16);
            FOR j IN 0 .. frame - 1 LOOP
                bit_place := (j / 8) * part;
                in_word := bit_place & 15;
                at_word := place + 16 * (bit_place / 16) + 2 * (j & 7);
                packed := get_byte(p, at_word) | (get_byte(p, at_word + 1) << 8);
                IF in_word + part > 16 THEN
                    packed := packed | (get_byte(p, at_word + 16) << 16) | (get_byte(p, at_word + 17)::bigint << 24);
                END IF;
                z[j + 1] := z[j + 1] | (((packed >> in_word) & ((1 << part) - 1)) << rest);
            END LOOP;
            place := place + 16 * (((frame + 7) / 8 * part + 15) / 16);
            rest := rest + part;
        END LOOP;
        IF tail = 1 THEN
            bit_place := 0;
            FOR j IN 1 .. frame LOOP
                CONTINUE WHEN z[j] <> (1::bigint << width) - 1;
                zeros := 0;
                WHILE (get_byte(p, place + bit_place / 8) >> (bit_place & 7)) & 1 = 0 LOOP
                    zeros := zeros + 1;
                    bit_place := bit_place + 1;
                END LOOP;
                bit_place := bit_place + 1;
                q := 1::bigint << (zeros + parameter);
                FOR k IN 0 .. zeros + parameter - 1 LOOP
                    q := q | (((get_byte(p, place + bit_place / 8) >> (bit_place & 7)) & 1)::bigint << k);
                    bit_place := bit_place + 1;
                END LOOP;
                z[j] := z[j] + q - (1::bigint << parameter);
            END LOOP;
            place := place + (bit_place + 7) / 8;
        ELSIF tail = 2 THEN
            FOR k IN 1 .. parameter LOOP
                head := get_byte(p, place) + 1;
                z[head] := z[head] | (brain_signals.read_number(p, place + 1, word) << width);
                place := place + 1 + word;
            END LOOP;
        END IF;
        FOR j IN 1 .. least(frame, upto - i) LOOP
            r := z[j] & all_ones;
            r := (r >> 1) # -(r & 1);
            r := (r + CASE predictor WHEN 0 THEN base WHEN 1 THEN a WHEN 2 THEN 2 * a - b ELSE 3 * a - 3 * b + c END)
                & all_ones;
            c := b;
            b := a;
            a := r;
            x[i + j] := r;
        END LOOP;
        i := i + frame;
    END LOOP;
    RETURN x;
END
$$;

-- escaped32 from its shift on, as signed numbers: x << s.
CREATE FUNCTION brain_signals.read_escaped32(p bytea, start integer, sample_count integer, upto integer)
RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT
AS $$
    SELECT array_agg((((u.x << get_byte(p, start)) & 4294967295) # 2147483648) - 2147483648 ORDER BY u.place)
    FROM unnest(brain_signals.read_frames(p, start + 1, 4, sample_count, upto)) WITH ORDINALITY AS u (x, place)
$$;

-- Floats that are integers times a scale, or divided by it; float32 rounds the product once.
CREATE FUNCTION brain_signals.read_scaled(p bytea, sample_type integer, sample_count integer, upto integer)
RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    size integer := CASE sample_type WHEN 4 THEN 4 ELSE 8 END;
    factor double precision := brain_signals.read_float(p, 1, 8);
    exceptions integer := brain_signals.read_number(p, 9, 4);
    x double precision[];
    place integer;
BEGIN
    SELECT array_agg(CASE sample_type WHEN 4 THEN v.value::float4::float8 ELSE v.value END ORDER BY u.place) INTO x
    FROM unnest(brain_signals.read_escaped32(p, 13 + exceptions * (4 + size), sample_count, upto))
        WITH ORDINALITY AS u (k, place)
    CROSS JOIN LATERAL (SELECT CASE get_byte(p, 0) WHEN 0 THEN u.k * factor ELSE u.k / factor END) AS v (value);
    FOR e IN 0 .. exceptions - 1 LOOP
        place := 13 + e * (4 + size);
        IF brain_signals.read_number(p, place, 4) < upto THEN
            x[brain_signals.read_number(p, place, 4) + 1] := brain_signals.read_float(p, place + 4, size);
        END IF;
    END LOOP;
    RETURN x;
END
$$;

-- Samples of one channel, from the first of its payload up to one; by encoding.
CREATE FUNCTION brain_signals.read_channel(
    p bytea, encoding integer, sample_type integer, sample_count integer, upto integer
) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    size integer := (ARRAY[2, 3, 4, 4, 8])[sample_type];
BEGIN
    RETURN CASE encoding
        WHEN 0 THEN (SELECT array_agg(brain_signals.read_sample(p, i * size, sample_type) ORDER BY i)
            FROM generate_series(0, upto - 1) AS i)
        WHEN 1 THEN array_fill(brain_signals.read_sample(p, 0, sample_type), ARRAY[upto])
        WHEN 3 THEN (SELECT array_agg(((u.x # 32768) - 32768)::float8 ORDER BY u.place)
            FROM unnest(brain_signals.read_frames(p, 0, 2, sample_count, upto)) WITH ORDINALITY AS u (x, place))
        WHEN 4 THEN (SELECT array_agg(
                (CASE sample_type WHEN 2 THEN ((u.x & 16777215) # 8388608) - 8388608 ELSE u.x END)::float8
                ORDER BY u.place)
            FROM unnest(brain_signals.read_escaped32(p, 0, sample_count, upto)) WITH ORDINALITY AS u (x, place))
        WHEN 5 THEN brain_signals.read_scaled(p, sample_type, sample_count, upto)
    END;
END
$$;

-- The samples of one channel of a block, up to one. Only its own bytes of the payload are read.
CREATE FUNCTION brain_signals.read_block(payload bytea, place integer, upto integer) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    header bytea := substring(payload FROM 1 FOR 24);
    channel_count integer := brain_signals.read_number(header, 8, 4);
    directory bytea := substring(payload FROM 25 FOR 4 * channel_count);
    encoding integer := get_byte(directory, 4 * place);
    start bigint;
BEGIN
    IF encoding NOT IN (0, 1, 3, 4, 5) THEN
        RAISE EXCEPTION 'channel % of the block has encoding %, which is not decoded in SQL', place, encoding
            USING ERRCODE = 'feature_not_supported',
            HINT = 'Read these samples with `dendrite export` or `dendrite read`, or with QueryService.ReadSamples.';
    END IF;
    SELECT coalesce(sum(brain_signals.read_number(directory, 4 * i + 1, 3)), 0) INTO start
    FROM generate_series(0, place - 1) AS i;
    RETURN brain_signals.read_channel(
        substring(payload FROM (25 + 4 * channel_count + start)::integer
            FOR brain_signals.read_number(directory, 4 * place + 1, 3)::integer),
        encoding, get_byte(header, 5), brain_signals.read_number(header, 12, 4)::integer, upto);
END
$$;

-- The blocks that hold samples of a range, as snapshots see them: by first sample within a group, and of two that hold
-- the same sample the first has it. No block is longer than 1,048,576 samples.
CREATE FUNCTION brain_signals.blocks_between(
    seen brain_signals.sight, p_stream_id bigint, p_group integer, p_first bigint, p_end bigint
) RETURNS SETOF signals.block
LANGUAGE sql STABLE
AS $$
    SELECT b.*
    FROM signals.seen(p_stream_id, seen.owners, seen.through) AS line (timeline_id, through)
    JOIN signals.block b ON b.project_id = seen.project_id AND b.timeline_id = line.timeline_id
        AND b.stream_id = p_stream_id AND b.channel_group = p_group AND b.version <= line.through
        AND b.first_sample > p_first - 1048576 AND b.first_sample < p_end AND b.first_sample + b.sample_count > p_first
    ORDER BY b.first_sample, b.timeline_id
$$;

-- Samples of a range, stored and in physical units, a row for each of each channel; by channel and sample where the
-- query says so. What is missing or masked has no row. At most 250,000 values a call: it takes seconds.
CREATE FUNCTION brain_signals.samples(stream text, first_sample bigint, end_sample bigint, labels text[] DEFAULT NULL)
RETURNS TABLE (sample_index bigint, channel text, stored double precision, value double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT bigint := 250000;
    seen brain_signals.sight := brain_signals.sight_now();
    s signals.stream := brain_signals.stream_named(seen, samples.stream);
    masks jsonb := coalesce((SELECT jsonb_agg(to_jsonb(m)) FROM brain_signals.masks_of(samples.stream) m), '[]');
    window_wanted int8multirange := int8multirange(int8range(first_sample, greatest(first_sample, end_sample)));
    asked bigint := (end_sample - first_sample)
        * (SELECT count(*) FROM brain_signals.wanted_places(s.channels, samples.labels));
    decoded bigint := 0;
    taken int8multirange;
    part int8multirange;
    shown int8multirange;
    x double precision[];
    carrier bigint;
    blk signals.block;
    grp integer;
    c record;
BEGIN
    IF first_sample < 0 OR end_sample < first_sample THEN
        RAISE EXCEPTION 'samples % to % are no range', first_sample, end_sample
            USING ERRCODE = 'invalid_parameter_value', HINT = 'The end is the index after the last sample.';
    ELSIF asked > most THEN
        RAISE EXCEPTION '% values were asked for; a call gives at most %', asked, most
            USING ERRCODE = 'program_limit_exceeded',
            HINT = 'Ask for fewer samples or channels, for brain_signals.summaries, or use `dendrite export`.';
    END IF;
    FOR grp IN SELECT DISTINCT w.channel_group FROM brain_signals.wanted_places(s.channels, samples.labels) w LOOP
        taken := '{}';
        FOR blk IN SELECT * FROM brain_signals.blocks_between(seen, s.stream_id, grp, first_sample, end_sample) LOOP
            part := window_wanted * int8multirange(int8range(blk.first_sample, blk.first_sample + blk.sample_count))
                - taken - brain_signals.hidden_by(masks, blk.version, NULL);
            CONTINUE WHEN isempty(part);
            taken := taken + part;
            carrier := coalesce(blk.carrier_sample, blk.first_sample);
            IF carrier <> blk.first_sample THEN
                SELECT b.payload INTO blk.payload FROM signals.block b
                WHERE b.project_id = seen.project_id AND b.timeline_id = blk.timeline_id AND b.stream_id = s.stream_id
                    AND b.channel_group = grp AND b.first_sample = carrier;
            END IF;
            FOR c IN SELECT * FROM brain_signals.wanted_places(s.channels, samples.labels) w
                WHERE w.channel_group = grp LOOP
                shown := part - brain_signals.hidden_by(masks, blk.version, c.label);
                CONTINUE WHEN isempty(shown);
                -- Prediction begins with the block: what lies before the range is decoded too.
                decoded := decoded + upper(shown) - carrier;
                IF decoded > 8 * most THEN
                    RAISE EXCEPTION 'more than % samples lie before these in their blocks', 8 * most
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for fewer channels at once.';
                END IF;
                x := brain_signals.read_block(blk.payload, c.place_in_group, (upper(shown) - carrier)::integer);
                RETURN QUERY
                SELECT i, c.label, x[i - carrier + 1], brain_signals.physical(x[i - carrier + 1], c.channel)
                FROM unnest(shown) AS r CROSS JOIN LATERAL generate_series(lower(r), upper(r) - 1) AS i;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

-- What a block's summary says of one channel, in stored units: count, lowest, highest and sum of its finite samples.
CREATE FUNCTION brain_signals.read_summary(summary bytea, place integer, sample_type integer, sample_count integer)
RETURNS TABLE (finite_count bigint, lowest double precision, highest double precision, total double precision)
LANGUAGE sql IMMUTABLE STRICT
AS $$
    SELECT sample_count::bigint, brain_signals.read_sample(summary, 24 * place, 3),
        brain_signals.read_sample(summary, 24 * place + 4, 3),
        brain_signals.read_sample(summary, 24 * place + 12, 3) * 4294967296.0::float8
            + brain_signals.read_number(summary, 24 * place + 8, 4)
    WHERE sample_type <= 3
    UNION ALL
    SELECT brain_signals.read_number(summary, 36 * place, 4), brain_signals.read_float(summary, 36 * place + 4, 8),
        brain_signals.read_float(summary, 36 * place + 12, 8), brain_signals.read_float(summary, 36 * place + 20, 8)
    WHERE sample_type > 3
$$;

-- Minimum, maximum and mean of each channel over each block, in physical units, without reading a sample. A block of
-- which a mask or another block hides some is named and not summed up: `is_whole` is false, the figures are null.
CREATE FUNCTION brain_signals.summaries_of(
    stream text, first_sample bigint DEFAULT 0, end_sample bigint DEFAULT 4611686018427387904,
    labels text[] DEFAULT NULL
) RETURNS TABLE (
    channel text, block_start bigint, block_end bigint, is_whole boolean, finite_count bigint,
    minimum double precision, maximum double precision, mean double precision
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen brain_signals.sight := brain_signals.sight_now();
    s signals.stream := brain_signals.stream_named(seen, summaries_of.stream);
    masks jsonb := coalesce((SELECT jsonb_agg(to_jsonb(m)) FROM brain_signals.masks_of(summaries_of.stream) m), '[]');
BEGIN
    RETURN QUERY
    WITH wanted AS (SELECT * FROM brain_signals.wanted_places(s.channels, summaries_of.labels)),
    block AS (
        SELECT b.channel_group, b.first_sample, b.sample_count, b.version, b.summary,
            coalesce(max(b.first_sample + b.sample_count) OVER (
                PARTITION BY b.channel_group ORDER BY b.first_sample, b.timeline_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS end_before
        FROM (SELECT DISTINCT w.channel_group FROM wanted w) AS g
        CROSS JOIN LATERAL brain_signals.blocks_between(
            seen, s.stream_id, g.channel_group, summaries_of.first_sample, summaries_of.end_sample) AS b
    ),
    placed AS (
        SELECT w.label, w.channel, b.*, w.place_in_group, b.first_sample + b.sample_count AS block_end,
            b.end_before <= b.first_sample AND NOT int8range(b.first_sample, b.first_sample + b.sample_count) && (
                brain_signals.hidden_by(masks, b.version, NULL) + brain_signals.hidden_by(masks, b.version, w.label)
            ) AS whole
        FROM block b JOIN wanted w ON w.channel_group = b.channel_group
    )
    SELECT p.label, p.first_sample, p.block_end, p.whole, f.finite_count,
        least(brain_signals.physical(f.lowest, p.channel), brain_signals.physical(f.highest, p.channel)),
        greatest(brain_signals.physical(f.lowest, p.channel), brain_signals.physical(f.highest, p.channel)),
        brain_signals.physical(f.total / nullif(f.finite_count, 0), p.channel)
    FROM placed p
    LEFT JOIN LATERAL brain_signals.read_summary(
        p.summary, p.place_in_group, (p.channel ->> 'sampleType')::integer, p.sample_count) AS f ON p.whole;
END
$$;

CREATE VIEW brain_signals.summaries AS
    SELECT s.name AS stream, b.* FROM brain_signals.list_streams() s, brain_signals.summaries_of(s.name) b;

GRANT SELECT ON brain_signals.summaries TO dendrite_reader_service;
GRANT EXECUTE ON FUNCTION brain_signals.samples(text, bigint, bigint, text[]),
    brain_signals.summaries_of(text, bigint, bigint, text[]) TO dendrite_reader_service;
