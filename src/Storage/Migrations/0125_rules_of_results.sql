-- A result says by which rules it was found: a merge asks for one that was found by the rule of now, however late the
-- run began that was asked for before.
SET LOCAL ROLE dendrite_owner;

-- From a check's id to the SHA-256 of its rule, in hexadecimal digits; null in results of before.
ALTER TABLE comparison.quality_result ADD COLUMN rules jsonb CHECK (jsonb_typeof(rules) = 'object');

-- What a call brings is written out as text, which takes more room than the call.
ALTER TABLE branching.operation DROP CONSTRAINT operation_request_check,
    ADD CONSTRAINT operation_request_check CHECK (length(request) <= 8388608);
