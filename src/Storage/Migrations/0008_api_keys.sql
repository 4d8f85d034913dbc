SET LOCAL ROLE dendrite_owner;

-- Keys are looked up before a project is known, so row-level security by project cannot guard this table; having no
-- grants does. A service finds the key whose id it was shown and can list nothing.
CREATE TABLE access.api_key (
    key_id text COLLATE "C" PRIMARY KEY CHECK (key_id ~ '^[A-Za-z0-9]{1,64}$'),
    -- SHA-256 of the secret: secrets are random and long, so a slow hash would protect nothing more.
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    -- Null: reaches every project.
    project_id bigint,
    label text NOT NULL CHECK (label <> '' AND length(label) <= 200),
    roles text[] NOT NULL DEFAULT '{}',
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    expire_time timestamptz,
    disable_time timestamptz
);

CREATE FUNCTION access.find_api_key(wanted text)
RETURNS TABLE (
    key_id text, secret_hash bytea, project_id bigint, project_name text, label text, roles text[],
    expire_time timestamptz, disable_time timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.key_id, k.secret_hash, k.project_id, p.name, k.label, k.roles, k.expire_time, k.disable_time
    FROM access.api_key k LEFT JOIN branching.project p ON p.project_id = k.project_id
    WHERE k.key_id = wanted
$$;

GRANT EXECUTE ON FUNCTION access.find_api_key(text) TO dendrite_service;
