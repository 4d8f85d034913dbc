-- A column of doubles that was widened to text is read in the canonical spelling of numbers (Dendrite.Records.Cells.
-- CanonicalJson): 1e+21 and above, and below 1e-6, with an exponent. jsonb writes all digits instead, so filters and
-- orders over ->> spoke of other texts than readers saw.
SET LOCAL ROLE dendrite_owner;

-- The text of a cell as readers see it: a number in its canonical spelling, anything else as ->> gives it. Null for no
-- cell and for the null of JSON.
CREATE FUNCTION records.text_of_cell(cell jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN jsonb_typeof(cell) <> 'number' THEN cell #>> '{}'
        WHEN abs(n.value) >= 1e21 THEN n.sign
            || regexp_replace(rtrim(n.digits, '0'), '^(.)(.+)$', '\1.\2')
            || 'e+' || (length(n.digits) - 1)
        WHEN n.value <> 0 AND abs(n.value) < 0.000001 THEN n.sign
            || regexp_replace(ltrim(n.fraction, '0'), '^(.)(.+)$', '\1.\2')
            || 'e-' || (length(n.fraction) - length(ltrim(n.fraction, '0')) + 1)
        ELSE cell #>> '{}'
    END
    FROM (
        SELECT v.value, CASE WHEN v.value < 0 THEN '-' ELSE '' END AS sign,
            split_part(abs(v.value)::text, '.', 1) AS digits,
            rtrim(split_part(abs(v.value)::text, '.', 2), '0') AS fraction
        FROM (SELECT CASE WHEN jsonb_typeof(cell) = 'number' THEN (cell #>> '{}')::numeric END) AS v (value)
    ) AS n
$$;

GRANT EXECUTE ON FUNCTION records.text_of_cell(jsonb) TO dendrite_ingest_service;
