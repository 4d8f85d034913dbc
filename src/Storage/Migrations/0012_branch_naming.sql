-- How branches are called: a project may have a template for each kind, such as experiment-{date}-{purpose}-v{n}.
-- Checked in the statement that makes or renames a branch, so that it costs no round trip and no replica has an old
-- template in its memory. Dendrite.BranchService.Naming.NamingTemplate says what a template may hold.
SET LOCAL ROLE dendrite_owner;

-- The names that follow a template, as a regular expression. Templates hold nothing but lower-case letters, digits,
-- hyphens and parts in braces, so nothing in them is to be escaped.
CREATE FUNCTION branching.naming_pattern(template text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT '^' || regexp_replace(
        replace(replace(template, '{date}', '[0-9]{8}'), '{n}', '[1-9][0-9]{0,8}'),
        '\{[a-z][a-z0-9_]*\}', '[a-z0-9]([a-z0-9-]*[a-z0-9])?', 'g') || '$'
$$;

-- Whether a name follows the project's template of the kind; true where there is none.
CREATE FUNCTION branching.follows_naming(kind text, name text) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT coalesce((
        SELECT follows_naming.name ~ branching.naming_pattern(p.branch_naming_templates ->> follows_naming.kind)
        FROM branching.project p WHERE p.project_id = (SELECT branching.current_project())
    ), true)
$$;

-- The lowest number that no branch's name has between the prefix and the suffix. Names of deleted branches count until
-- they are purged: they are taken. Whoever makes the branch holds the lock below first.
CREATE FUNCTION branching.free_number(prefix text, suffix text) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    WITH named AS MATERIALIZED (
        SELECT substr(b.name, length(prefix) + 1, length(b.name) - length(prefix) - length(suffix)) AS number
        FROM branching.branch b
        -- Names hold only characters before '{'.
        WHERE b.project_id = (SELECT branching.current_project()) AND b.name > prefix AND b.name < prefix || '{'
            AND length(b.name) > length(prefix) + length(suffix) AND right(b.name, length(suffix)) = suffix
    ), used AS MATERIALIZED (
        SELECT number::bigint AS n FROM named WHERE number ~ '^[1-9][0-9]{0,8}$'
    )
    SELECT min(candidate.n)
    FROM (SELECT 1::bigint AS n UNION ALL SELECT used.n + 1 FROM used) AS candidate
    WHERE NOT EXISTS (SELECT FROM used WHERE used.n = candidate.n)
$$;

-- Held until the transaction ends: who looks for a number under the same prefix and suffix waits, then sees it taken.
CREATE FUNCTION branching.lock_numbers(prefix text, suffix text) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(prefix || '{n}' || suffix, branching.current_project()))
$$;

GRANT EXECUTE ON FUNCTION branching.naming_pattern(text), branching.follows_naming(text, text),
    branching.free_number(text, text), branching.lock_numbers(text, text) TO dendrite_branch_service;
