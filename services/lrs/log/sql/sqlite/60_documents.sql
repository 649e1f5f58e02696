-- Documents of the state and profile resources: the row as it stands, changed under a lock of its scope.

-- name: lock_documents
-- The transaction holds the only write lock already.
SELECT 1;

-- name: select_document
SELECT document_id, content_type, content, etag, updated FROM documents
WHERE resource = :resource AND activity = :activity AND agent = :agent AND registration = :registration
    AND document_id = :document_id;

-- name: list_documents
-- Without content. A null registration stands for any, a null time for no limit.
SELECT document_id, registration, content_type, etag, updated FROM documents
WHERE resource = :resource AND activity = :activity AND agent = :agent
    AND (:registration IS NULL OR registration = :registration)
    AND (:since IS NULL OR updated > :since)
ORDER BY document_id, registration;

-- name: upsert_document
INSERT INTO documents (
    resource, activity, agent, registration, document_id, content_type, content, etag, updated
) VALUES (:resource, :activity, :agent, :registration, :document_id, :content_type, :content, :etag, :updated)
ON CONFLICT (resource, activity, agent, registration, document_id) DO UPDATE
SET content_type = excluded.content_type, content = excluded.content, etag = excluded.etag, updated = excluded.updated;

-- name: delete_document
DELETE FROM documents
WHERE resource = :resource AND activity = :activity AND agent = :agent AND registration = :registration
    AND document_id = :document_id;

-- name: delete_documents
-- A null registration stands for any.
DELETE FROM documents
WHERE resource = :resource AND activity = :activity AND agent = :agent
    AND (:registration IS NULL OR registration = :registration);
