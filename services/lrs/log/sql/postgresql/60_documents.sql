-- Documents of the state and profile resources: the row as it stands, changed under a lock of its scope.

-- name: lock_documents
-- Rows that do not exist cannot be locked, so the lock is on the name of the scope; it ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(chr(1), %(resource)s::text, %(activity)s::text, %(agent)s::text), 0));

-- name: select_document
SELECT document_id, content_type, content, etag, updated FROM documents
WHERE resource = %(resource)s AND activity = %(activity)s AND agent = %(agent)s AND registration = %(registration)s
    AND document_id = %(document_id)s;

-- name: list_documents
-- Without content. A null registration stands for any, a null time for no limit.
SELECT document_id, registration, content_type, etag, updated FROM documents
WHERE resource = %(resource)s AND activity = %(activity)s AND agent = %(agent)s
    AND (%(registration)s::text IS NULL OR registration = %(registration)s)
    AND (%(since)s::bigint IS NULL OR updated > %(since)s)
ORDER BY document_id, registration;

-- name: upsert_document
INSERT INTO documents (
    resource, activity, agent, registration, document_id, content_type, content, etag, updated
) VALUES (%(resource)s, %(activity)s, %(agent)s, %(registration)s, %(document_id)s, %(content_type)s, %(content)s, %(etag)s, %(updated)s)
ON CONFLICT (resource, activity, agent, registration, document_id) DO UPDATE
SET content_type = excluded.content_type, content = excluded.content, etag = excluded.etag, updated = excluded.updated;

-- name: delete_document
DELETE FROM documents
WHERE resource = %(resource)s AND activity = %(activity)s AND agent = %(agent)s AND registration = %(registration)s
    AND document_id = %(document_id)s;

-- name: delete_documents
-- A null registration stands for any.
DELETE FROM documents
WHERE resource = %(resource)s AND activity = %(activity)s AND agent = %(agent)s
    AND (%(registration)s::text IS NULL OR registration = %(registration)s);
