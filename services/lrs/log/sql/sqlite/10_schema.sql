-- The log and its indexes. Everything that an entry brings is written in the entry's own transaction.

-- name: create_events
-- The table of the event sourcing library, with ids as 16 bytes. The library reads the position as rowid; it is declared
-- since VACUUM may renumber rows whose rowid is not.
CREATE TABLE IF NOT EXISTS stored_events (
    rowid INTEGER PRIMARY KEY,
    originator_id BLOB NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
);

-- name: create_meta
-- What the store is set up with: the version of its tables, how far a migration is, and the key of the term hashes.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- name: create_statements
-- One row for each statement: flags (1 voided, 2 voiding, 4 not defining) and all its terms, for a referring statement to
-- inherit; one byte 0 where they follow from the statement alone.
CREATE TABLE IF NOT EXISTS statements (
    position INTEGER PRIMARY KEY,
    flags INTEGER NOT NULL,
    terms BLOB NOT NULL
);

-- name: create_terms
-- Which statements a term finds, in the order of the log.
CREATE TABLE IF NOT EXISTS terms (
    term INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (term, position)
) WITHOUT ROWID;

-- name: create_recent_terms
-- The terms of small appends, which move to terms many at a time (lrs.log.sqlite_recent). A row is in one of the two.
CREATE TABLE IF NOT EXISTS recent_terms (
    term INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (term, position)
) WITHOUT ROWID;

-- name: create_refs
-- Which statements (source) refer to a statement (target), which may still be unknown.
CREATE TABLE IF NOT EXISTS refs (
    target BLOB NOT NULL, position INTEGER NOT NULL, source BLOB NOT NULL, PRIMARY KEY (target, position)
) WITHOUT ROWID;

-- name: create_voidings
-- Which statements are asked to be voided, whether or not they are known.
CREATE TABLE IF NOT EXISTS voidings (
    target BLOB NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (target, position)
) WITHOUT ROWID;

-- name: create_credentials
-- API credentials as they stand; created and revoked by entries.
CREATE TABLE IF NOT EXISTS credentials (
    key_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret_sha256 BLOB NOT NULL,
    scopes TEXT NOT NULL,
    authority TEXT NOT NULL,
    created_position INTEGER NOT NULL,
    revoked_position INTEGER,
    expires_micros INTEGER
) WITHOUT ROWID;

-- name: create_attachments
-- Attachment content by its SHA-2 hash.
CREATE TABLE IF NOT EXISTS attachments (sha2 TEXT PRIMARY KEY, content_type TEXT NOT NULL, content BLOB NOT NULL);

-- name: create_documents
-- State and profile documents as they stand. Parts of the scope that a resource lacks are empty.
CREATE TABLE IF NOT EXISTS documents (
    resource TEXT NOT NULL,
    activity TEXT NOT NULL,
    agent TEXT NOT NULL,
    registration TEXT NOT NULL,
    document_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content BLOB NOT NULL,
    etag TEXT NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (resource, activity, agent, registration, document_id)
);
