-- The secret that a credential had before its last rotation, as long as clients may still use it.

-- name: create_credential_previous_secrets
CREATE TABLE IF NOT EXISTS credential_previous_secrets (
    key_id TEXT PRIMARY KEY,
    secret_sha256 BLOB NOT NULL,
    until_micros INTEGER NOT NULL
) WITHOUT ROWID;

-- name: forget_previous_secret
-- Before a rotation: of the secrets, only the newest two can ever be good.
DELETE FROM credential_previous_secrets WHERE key_id = :key_id;

-- name: keep_previous_secret
INSERT INTO credential_previous_secrets (key_id, secret_sha256, until_micros)
SELECT key_id, secret_sha256, :until_micros FROM credentials WHERE key_id = :key_id;

-- name: replace_secret
UPDATE credentials SET secret_sha256 = :secret_sha256 WHERE key_id = :key_id AND revoked_position IS NULL;
