-- The secret that a credential had before its last rotation, as long as clients may still use it.

-- name: create_credential_previous_secrets
CREATE TABLE IF NOT EXISTS credential_previous_secrets (
    key_id text PRIMARY KEY,
    secret_sha256 bytea NOT NULL,
    until_micros bigint NOT NULL
);

-- name: forget_previous_secret
-- Before a rotation: of the secrets, only the newest two can ever be good.
DELETE FROM credential_previous_secrets WHERE key_id = %(key_id)s;

-- name: keep_previous_secret
INSERT INTO credential_previous_secrets (key_id, secret_sha256, until_micros)
SELECT key_id, secret_sha256, %(until_micros)s FROM credentials WHERE key_id = %(key_id)s;

-- name: replace_secret
UPDATE credentials SET secret_sha256 = %(secret_sha256)s WHERE key_id = %(key_id)s AND revoked_position IS NULL;
