-- The log and its indexes. Everything that an entry brings is written in the entry's own transaction.

-- name: create_events
-- The table of the event sourcing library. The position is given under the table lock, not by a sequence, whose numbers
-- would be lost with every rollback. The settings of autovacuum suit a table that only grows.
CREATE TABLE IF NOT EXISTS stored_events (
    notification_id bigint NOT NULL,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0.05);

-- name: create_events_state
-- It is compressed before it comes here.
ALTER TABLE stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

-- name: create_events_entry
-- An entry has one event, so its id alone is unique.
CREATE UNIQUE INDEX IF NOT EXISTS stored_events_entry ON stored_events (originator_id);

-- name: create_events_position
CREATE UNIQUE INDEX IF NOT EXISTS stored_events_position ON stored_events (notification_id);

-- name: create_meta
-- What the store is set up with: the version of its tables, how far a migration is, and the key of the term hashes.
CREATE TABLE IF NOT EXISTS meta (name text PRIMARY KEY, value bytea NOT NULL);

-- name: create_statements
-- One row for each statement: flags (1 voided, 2 voiding, 4 not defining) and all its terms, for a referring statement to
-- inherit; one byte 0 where they follow from the statement alone.
CREATE TABLE IF NOT EXISTS statements (
    position bigint PRIMARY KEY,
    flags smallint NOT NULL,
    terms bytea NOT NULL
);

-- name: create_terms
-- Which statements a term finds, in the order of the log.
CREATE TABLE IF NOT EXISTS terms (
    term bigint NOT NULL, position bigint NOT NULL, PRIMARY KEY (term, position)
);

-- name: create_refs
-- Which statements (source) refer to a statement (target), which may still be unknown.
CREATE TABLE IF NOT EXISTS refs (
    target uuid NOT NULL, position bigint NOT NULL, source uuid NOT NULL, PRIMARY KEY (target, position)
);

-- name: create_voidings
-- Which statements are asked to be voided, whether or not they are known.
CREATE TABLE IF NOT EXISTS voidings (
    target uuid NOT NULL, position bigint NOT NULL, PRIMARY KEY (target, position)
);

-- name: create_credentials
-- API credentials as they stand; created and revoked by entries.
CREATE TABLE IF NOT EXISTS credentials (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text NOT NULL,
    authority text NOT NULL,
    created_position bigint NOT NULL,
    revoked_position bigint,
    expires_micros bigint
);

-- name: create_attachments
-- Attachment content by its SHA-2 hash.
CREATE TABLE IF NOT EXISTS attachments (sha2 text PRIMARY KEY, content_type text NOT NULL, content bytea NOT NULL);

-- name: create_documents
-- State and profile documents as they stand. Parts of the scope that a resource lacks are empty.
CREATE TABLE IF NOT EXISTS documents (
    resource text NOT NULL,
    activity text NOT NULL,
    agent text NOT NULL,
    registration text NOT NULL,
    document_id text NOT NULL,
    content_type text NOT NULL,
    content bytea NOT NULL,
    etag text NOT NULL,
    updated bigint NOT NULL,
    PRIMARY KEY (resource, activity, agent, registration, document_id)
);
