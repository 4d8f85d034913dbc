-- Settled blocks are gathered into large ones and encoded more densely. See
-- docs/decisions/2026-11-21-gathered-blocks.md.
--
-- What a block is does not change by that: every row stays, with its version, samples, digest, summary and metadata, so
-- every snapshot, digest and summary stays true. Only where its samples lie changes: the first row of a run carries the
-- payload for all, those behind it carry none and say who does.
SET LOCAL ROLE dendrite_owner;

-- First sample of the row of the same timeline, stream and group whose payload holds this block's samples; null while
-- the payload is the block's own and nobody has looked at it.
ALTER TABLE signals.block ADD COLUMN carrier_sample bigint;
ALTER TABLE signals.block ADD CONSTRAINT block_carrier_check CHECK (carrier_sample <= first_sample) NOT VALID;

-- Puts one payload in the place of those of a run of blocks, if these are still what the caller read: the same samples,
-- adjoining, not gathered, and no later block older than an earlier one, so that whoever sees a block sees its carrier,
-- and garbage above a version takes no carrier of what stays. Without a payload they keep their own, and are not
-- looked at again. Whoever else is at one of them has the right of way. False: nothing was done.
CREATE FUNCTION signals.gather(
    p_timeline_id bigint, p_stream_id bigint, p_channel_group integer, p_first_samples bigint[], p_digests bytea[],
    p_checksum integer, p_payload bytea
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p_project_id bigint := branching.current_project();
    carrier bigint := p_first_samples[1];
    are_as_read boolean;
BEGIN
    WITH part AS (
        SELECT b.first_sample, b.sample_count, b.version, b.sample_digest, b.carrier_sample
        FROM signals.block b
        WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
            AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples)
        FOR NO KEY UPDATE SKIP LOCKED
    ), placed AS (
        SELECT part.*, lag(part.first_sample + part.sample_count) OVER by_sample AS end_before,
            lag(part.version) OVER by_sample AS version_before
        FROM part WINDOW by_sample AS (ORDER BY part.first_sample)
    )
    SELECT array_agg(placed.first_sample ORDER BY placed.first_sample) = p_first_samples
        AND array_agg(placed.sample_digest ORDER BY placed.first_sample) = p_digests
        AND bool_and(placed.carrier_sample IS NULL)
        AND (p_payload IS NULL OR bool_and(coalesce(
            placed.end_before = placed.first_sample AND placed.version_before <= placed.version,
            placed.first_sample = carrier)))
    INTO are_as_read FROM placed;
    IF are_as_read IS NOT TRUE THEN
        RETURN false;
    END IF;
    IF p_payload IS NULL THEN
        UPDATE signals.block b SET carrier_sample = b.first_sample
        WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
            AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples);
    ELSE
        UPDATE signals.block b
        SET carrier_sample = carrier,
            checksum = CASE WHEN b.first_sample = carrier THEN p_checksum ELSE 0 END,
            payload = CASE WHEN b.first_sample = carrier THEN p_payload ELSE '' END
        WHERE b.project_id = p_project_id AND b.timeline_id = p_timeline_id AND b.stream_id = p_stream_id
            AND b.channel_group = p_channel_group AND b.first_sample = ANY (p_first_samples);
    END IF;
    RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION signals.gather(bigint, bigint, integer, bigint[], bytea[], integer, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals.gather(bigint, bigint, integer, bigint[], bytea[], integer, bytea)
    TO dendrite_scheduler_service;
