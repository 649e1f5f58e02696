-- Rows that go with entries: credentials and attachments. position and recorded are those of the entry.

-- name: insert_credential
INSERT INTO credentials (
    key_id, name, secret_sha256, scopes, authority, created_position, revoked_position, expires_micros
) VALUES (%(key_id)s, %(name)s, %(secret_sha256)s, %(scopes)s, %(authority)s, %(position)s, NULL, %(expires_micros)s);

-- name: revoke_credential
-- The first revocation counts.
UPDATE credentials SET revoked_position = %(position)s WHERE key_id = %(key_id)s AND revoked_position IS NULL;

-- name: select_credential
SELECT key_id, name, secret_sha256, scopes, authority, created_position, revoked_position, expires_micros
FROM credentials WHERE key_id = %(key_id)s;

-- name: insert_attachment
-- The same content may come with several statements.
INSERT INTO attachments (sha2, content_type, content) VALUES (%(sha2)s, %(content_type)s, %(content)s)
ON CONFLICT (sha2) DO NOTHING;

-- name: select_attachment
SELECT sha2, content_type, content FROM attachments WHERE sha2 = %(sha2)s;
