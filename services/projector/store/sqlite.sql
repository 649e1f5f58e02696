-- The projection database on SQLite: one file per projection version.
-- The same names as in postgresql.sql; one test suite runs both.

-- name: create_documents
-- What the engine keeps between entries. Keys are UTF-8 bytes: byte order is code point order.
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, key)
);

-- name: create_mastery_events
-- The feed and the outbox in one: seq is dense from 1, so a reader can prove that it missed none.
CREATE TABLE IF NOT EXISTS mastery_events (
    seq INTEGER PRIMARY KEY,
    person_id TEXT,
    type TEXT NOT NULL,
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    body BLOB NOT NULL
);

-- name: create_competency_states
-- One row per person and competency for lists; body is the canonical state.
CREATE TABLE IF NOT EXISTS competency_states (
    person_id TEXT NOT NULL,
    competency TEXT NOT NULL,
    status TEXT NOT NULL,
    level TEXT,
    value TEXT,
    attained_at TEXT,
    valid_until TEXT,
    grace_until TEXT,
    position INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (person_id, competency)
);

-- name: create_competency_states_by_competency
-- Lists of everybody who has anything in one competency, paged by person.
CREATE INDEX IF NOT EXISTS competency_states_by_competency ON competency_states (competency, person_id);

-- name: create_competency_states_by_end
-- What ends soon, by when.
CREATE INDEX IF NOT EXISTS competency_states_by_end ON competency_states (valid_until, person_id, competency);

-- name: create_publish_cursors
-- How far each target has acknowledged the feed.
CREATE TABLE IF NOT EXISTS publish_cursors (
    target TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
);

-- name: create_projection_facts
-- Single facts about this projection, such as the feed that its seq numbers belong to.
CREATE TABLE IF NOT EXISTS projection_facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- name: create_state_changes
-- Which states wait to be published, and which have been: seq rises with every change. Filled only where it is wanted.
CREATE TABLE IF NOT EXISTS state_changes (
    person_id TEXT NOT NULL,
    competency TEXT NOT NULL,
    seq INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (person_id, competency)
);

-- name: create_state_changes_by_seq
-- What waits, in the order in which it changed last.
CREATE INDEX IF NOT EXISTS state_changes_by_seq ON state_changes (seq);

-- name: create_statement_counts
-- How many statements of each stream (a person, or the tenant) have been published. Filled only where it is wanted.
CREATE TABLE IF NOT EXISTS statement_counts (
    stream TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
);

-- name: document
-- One document of the engine.
SELECT body FROM documents WHERE kind = :kind AND key = :key;

-- name: documents_between
-- The documents of a kind with first <= key < last, in key order. Both bounds are for the index: without the second, or
-- with one that may be left out, every document that comes after the last one wanted would be looked at.
SELECT key, body FROM documents WHERE kind = :kind AND key >= :first AND key < :last ORDER BY key;

-- name: documents_after
-- A page of all documents, whatever their kind.
SELECT kind, key, body FROM documents WHERE (kind, key) > (:kind, :key) ORDER BY kind, key LIMIT :limit;

-- name: last_document
-- The document of a kind with the greatest key that is not above the one given.
SELECT body FROM documents WHERE kind = :kind AND key <= :key ORDER BY key DESC LIMIT 1;

-- name: documents_above
-- A page of the documents of a kind, by key.
SELECT key, body FROM documents WHERE kind = :kind AND key > :above ORDER BY key LIMIT :limit;

-- name: any_document
-- Whether the engine has kept anything here yet.
SELECT 1 AS found FROM documents LIMIT 1;

-- name: put_document
-- Keep a document, replacing what was there.
INSERT INTO documents (kind, key, body) VALUES (:kind, :key, :body)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: delete_document
-- Forget a document.
DELETE FROM documents WHERE kind = :kind AND key = :key;

-- name: add_event
-- Append one event to the feed.
INSERT INTO mastery_events (seq, person_id, type, position, event_id, body)
VALUES (:seq, :person_id, :type, :position, :event_id, :body);

-- name: last_seq
-- The number of the newest event, 0 when there is none.
SELECT coalesce(max(seq), 0) AS seq FROM mastery_events;

-- name: events_after
-- A page of the feed.
SELECT seq, person_id, type, position, event_id, body FROM mastery_events
WHERE seq > :after ORDER BY seq LIMIT :limit;

-- name: put_state
-- Keep the state row of one person and competency.
INSERT INTO competency_states
    (person_id, competency, status, level, value, attained_at, valid_until, grace_until, position, body)
VALUES
    (:person_id, :competency, :status, :level, :value, :attained_at, :valid_until, :grace_until, :position, :body)
ON CONFLICT (person_id, competency) DO UPDATE SET
    status = excluded.status, level = excluded.level, value = excluded.value,
    attained_at = excluded.attained_at, valid_until = excluded.valid_until, grace_until = excluded.grace_until,
    position = excluded.position, body = excluded.body;

-- name: delete_state
-- Forget the state row of one person and competency: merged away or erased.
DELETE FROM competency_states WHERE person_id = :person_id AND competency = :competency;

-- name: states_of_person
-- Every state row of one person, in the order of the competencies' bytes.
SELECT person_id, competency, position, body FROM competency_states WHERE person_id = :person_id ORDER BY competency;

-- name: states_of_competency
-- A page of the state rows of one competency, by person.
SELECT person_id, competency, position, body FROM competency_states
WHERE competency = :competency AND person_id > :after ORDER BY person_id LIMIT :limit;

-- name: states_after
-- A page of all state rows, for the projection's hash.
SELECT person_id, competency, position, body FROM competency_states
WHERE (person_id, competency) > (:person_id, :competency) ORDER BY person_id, competency LIMIT :limit;

-- name: states_of_status
-- A page of the state rows of one competency and status, by person.
SELECT person_id, competency, position, body FROM competency_states
WHERE competency = :competency AND status = :status AND person_id > :after ORDER BY person_id LIMIT :limit;

-- name: states_expiring
-- A page of what is valid and ends within a time, by its end.
SELECT person_id, competency, status, level, valid_until FROM competency_states
WHERE valid_until >= :first AND valid_until < :last AND status IN ('mastered', 'expiring')
    AND (valid_until, person_id, competency) > (:until, :person_id, :competency)
ORDER BY valid_until, person_id, competency LIMIT :limit;

-- name: count_states
-- How many state rows there are.
SELECT count(*) AS states FROM competency_states;

-- name: state_keys_after
-- A page of whose states there are, in what.
SELECT person_id, competency FROM competency_states
WHERE (person_id, competency) > (:person_id, :competency) ORDER BY person_id, competency LIMIT :limit;

-- name: last_state_change
-- The number of the newest change, 0 when there is none.
SELECT coalesce(max(seq), 0) AS seq FROM state_changes;

-- name: note_state_change
-- Let a state wait to be published.
INSERT INTO state_changes (person_id, competency, seq, position) VALUES (:person_id, :competency, :seq, :position)
ON CONFLICT (person_id, competency) DO UPDATE SET seq = excluded.seq, position = excluded.position;

-- name: note_state_gone
-- Let the end of a state wait to be published, if it was ever noted: nobody has to forget what nobody was told.
UPDATE state_changes SET seq = :seq, position = :position WHERE person_id = :person_id AND competency = :competency;

-- name: state_changes_after
-- A page of what waits, each with the state as it is now; no body, no state any more.
SELECT c.seq, c.person_id, c.competency, coalesce(s.position, c.position) AS position, s.body
FROM state_changes AS c LEFT JOIN competency_states AS s ON s.person_id = c.person_id AND s.competency = c.competency
WHERE c.seq > :after ORDER BY c.seq LIMIT :limit;

-- name: count_state_changes
-- How many wait behind a number.
SELECT count(*) AS changes FROM state_changes WHERE seq > :after;

-- name: noted_states_after
-- A page of what was ever noted and has not been forgotten.
SELECT person_id, competency FROM state_changes
WHERE (person_id, competency) > (:person_id, :competency) ORDER BY person_id, competency LIMIT :limit;

-- name: forget_state_change
-- Forget a change that has not been overtaken by another: that a state is gone was published.
DELETE FROM state_changes WHERE seq = :seq;

-- name: statement_count
-- How many statements of a stream have been published.
SELECT sequence FROM statement_counts WHERE stream = :stream;

-- name: statement_counts_after
-- A page of all counts.
SELECT stream, sequence FROM statement_counts WHERE stream > :after ORDER BY stream LIMIT :limit;

-- name: put_statement_count
-- Keep a count.
INSERT INTO statement_counts (stream, sequence) VALUES (:stream, :sequence)
ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence;

-- name: cursors
-- Every cursor, to carry them into the next projection version.
SELECT target, seq FROM publish_cursors ORDER BY target;

-- name: put_cursor
-- Move a cursor; it never goes back.
INSERT INTO publish_cursors (target, seq) VALUES (:target, :seq)
ON CONFLICT (target) DO UPDATE SET seq = excluded.seq WHERE publish_cursors.seq < excluded.seq;

-- name: fact
-- One fact about this projection.
SELECT value FROM projection_facts WHERE name = :name;

-- name: put_fact
-- Keep a fact about this projection.
INSERT INTO projection_facts (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: tracked
-- The log position up to which this projection has folded; null when it has not begun.
SELECT max(notification_id) AS position FROM tracking WHERE application_name = :name;
