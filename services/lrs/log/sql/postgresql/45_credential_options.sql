-- What a credential may do beyond its scopes: browser origins, and tolerance for query parameters nobody knows.

-- name: create_credential_options
CREATE TABLE IF NOT EXISTS credential_options (
    key_id text PRIMARY KEY,
    cors_origins text NOT NULL,
    ignores_unknown integer NOT NULL
);

-- name: insert_credential_options
INSERT INTO credential_options (key_id, cors_origins, ignores_unknown)
VALUES (%(key_id)s, %(cors_origins)s, %(ignores_unknown)s);

-- name: select_credential_with_options
SELECT c.key_id, c.name, c.secret_sha256, c.scopes, c.authority, c.created_position, c.revoked_position,
    c.expires_micros, coalesce(o.cors_origins, '[]') AS cors_origins, coalesce(o.ignores_unknown, 0) AS ignores_unknown,
    p.secret_sha256 AS previous_sha256, p.until_micros AS previous_until_micros
FROM credentials c
LEFT JOIN credential_options o ON o.key_id = c.key_id
LEFT JOIN credential_previous_secrets p ON p.key_id = c.key_id
WHERE c.key_id = %(key_id)s;

-- name: list_credentials_with_options
SELECT c.key_id, c.name, c.secret_sha256, c.scopes, c.authority, c.created_position, c.revoked_position,
    c.expires_micros, coalesce(o.cors_origins, '[]') AS cors_origins, coalesce(o.ignores_unknown, 0) AS ignores_unknown,
    p.secret_sha256 AS previous_sha256, p.until_micros AS previous_until_micros
FROM credentials c
LEFT JOIN credential_options o ON o.key_id = c.key_id
LEFT JOIN credential_previous_secrets p ON p.key_id = c.key_id
ORDER BY c.created_position;
