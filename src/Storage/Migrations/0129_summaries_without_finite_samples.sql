-- A block without a finite sample has no lowest and no highest one: what stands in its summary is zeros, which
-- brain_signals.summaries took for samples. Otherwise as in 0075.
SET LOCAL ROLE dendrite_owner;

-- What a block's summary says of one channel, in stored units: count, lowest, highest and sum of its finite samples;
-- lowest and highest are null where there are none.
CREATE OR REPLACE FUNCTION brain_signals.read_summary(
    summary bytea, place integer, sample_type integer, sample_count integer
)
RETURNS TABLE (finite_count bigint, lowest double precision, highest double precision, total double precision)
LANGUAGE sql IMMUTABLE STRICT
AS $$
    SELECT sample_count::bigint, brain_signals.read_sample(summary, 24 * place, 3),
        brain_signals.read_sample(summary, 24 * place + 4, 3),
        brain_signals.read_sample(summary, 24 * place + 12, 3) * 4294967296.0::float8
            + brain_signals.read_number(summary, 24 * place + 8, 4)
    WHERE sample_type <= 3
    UNION ALL
    SELECT f.finite, CASE WHEN f.finite > 0 THEN brain_signals.read_float(summary, 36 * place + 4, 8) END,
        CASE WHEN f.finite > 0 THEN brain_signals.read_float(summary, 36 * place + 12, 8) END,
        brain_signals.read_float(summary, 36 * place + 20, 8)
    FROM (SELECT brain_signals.read_number(summary, 36 * place, 4)) AS f (finite)
    WHERE sample_type > 3
$$;
