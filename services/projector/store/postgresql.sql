-- The projection database on PostgreSQL: one schema per projection version, found through search_path.
-- The same names as in sqlite.sql; one test suite runs both. Bulk queries take one array per column.

-- name: create_documents
-- What the engine keeps between entries. Keys are UTF-8 bytes: byte order is code point order.
CREATE TABLE IF NOT EXISTS documents (
    kind text NOT NULL,
    key bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (kind, key)
);

-- name: create_mastery_events
-- The feed and the outbox in one: seq is dense from 1, so a reader can prove that it missed none.
CREATE TABLE IF NOT EXISTS mastery_events (
    seq bigint PRIMARY KEY,
    person_id text,
    type text NOT NULL,
    position bigint NOT NULL,
    event_id text NOT NULL,
    body bytea NOT NULL
);

-- name: create_competency_states
-- One row per person and competency for lists; body is the canonical state.
CREATE TABLE IF NOT EXISTS competency_states (
    person_id text COLLATE "C" NOT NULL,
    competency text COLLATE "C" NOT NULL,
    status text NOT NULL,
    level text,
    value text,
    attained_at text,
    valid_until text,
    grace_until text,
    position bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (person_id, competency)
);

-- name: create_competency_states_by_competency
-- Lists of everybody who has anything in one competency, paged by person.
CREATE INDEX IF NOT EXISTS competency_states_by_competency ON competency_states (competency, person_id);

-- name: create_competency_states_by_end
-- What ends soon, by when.
CREATE INDEX IF NOT EXISTS competency_states_by_end ON competency_states (valid_until COLLATE "C", person_id, competency);

-- name: create_publish_cursors
-- How far each target has acknowledged the feed.
CREATE TABLE IF NOT EXISTS publish_cursors (
    target text PRIMARY KEY,
    seq bigint NOT NULL
);

-- name: create_projection_facts
-- Single facts about this projection, such as the feed that its seq numbers belong to.
CREATE TABLE IF NOT EXISTS projection_facts (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- name: create_state_changes
-- Which states wait to be published, and which have been: seq rises with every change. Filled only where it is wanted.
CREATE TABLE IF NOT EXISTS state_changes (
    person_id text COLLATE "C" NOT NULL,
    competency text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (person_id, competency)
);

-- name: create_state_changes_by_seq
-- What waits, in the order in which it changed last.
CREATE INDEX IF NOT EXISTS state_changes_by_seq ON state_changes (seq);

-- name: create_statement_counts
-- How many statements of each stream (a person, or the tenant) have been published. Filled only where it is wanted.
CREATE TABLE IF NOT EXISTS statement_counts (
    stream text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL
);

-- name: document
-- One document of the engine.
SELECT body FROM documents WHERE kind = %(kind)s AND key = %(key)s;

-- name: documents_between
-- The documents of a kind with first <= key < last, in key order. Both bounds are for the index: without the second, or
-- with one that may be left out, every document that comes after the last one wanted would be looked at.
SELECT key, body FROM documents WHERE kind = %(kind)s AND key >= %(first)s AND key < %(last)s ORDER BY key;

-- name: documents_after
-- A page of all documents, whatever their kind.
SELECT kind, key, body FROM documents WHERE (kind, key) > (%(kind)s, %(key)s) ORDER BY kind, key LIMIT %(limit)s;

-- name: last_document
-- The document of a kind with the greatest key that is not above the one given.
SELECT body FROM documents WHERE kind = %(kind)s AND key <= %(key)s ORDER BY key DESC LIMIT 1;

-- name: documents_above
-- A page of the documents of a kind, by key.
SELECT key, body FROM documents WHERE kind = %(kind)s AND key > %(above)s ORDER BY key LIMIT %(limit)s;

-- name: any_document
-- Whether the engine has kept anything here yet.
SELECT 1 AS found FROM documents LIMIT 1;

-- name: put_document
-- Keep a document, replacing what was there.
INSERT INTO documents (kind, key, body) SELECT * FROM unnest(%(kind)b::text[], %(key)b::bytea[], %(body)b::bytea[])
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: delete_document
-- Forget a document.
DELETE FROM documents USING unnest(%(kind)b::text[], %(key)b::bytea[]) AS gone (kind, key)
WHERE documents.kind = gone.kind AND documents.key = gone.key;

-- name: add_event
-- Append one event to the feed.
INSERT INTO mastery_events (seq, person_id, type, position, event_id, body)
SELECT * FROM unnest(
    %(seq)b::bigint[], %(person_id)b::text[], %(type)b::text[], %(position)b::bigint[], %(event_id)b::text[],
    %(body)b::bytea[]);

-- name: last_seq
-- The number of the newest event, 0 when there is none.
SELECT coalesce(max(seq), 0) AS seq FROM mastery_events;

-- name: events_after
-- A page of the feed.
SELECT seq, person_id, type, position, event_id, body FROM mastery_events
WHERE seq > %(after)s ORDER BY seq LIMIT %(limit)s;

-- name: put_state
-- Keep the state row of one person and competency.
INSERT INTO competency_states
    (person_id, competency, status, level, value, attained_at, valid_until, grace_until, position, body)
SELECT * FROM unnest(
    %(person_id)b::text[], %(competency)b::text[], %(status)b::text[], %(level)b::text[], %(value)b::text[],
    %(attained_at)b::text[], %(valid_until)b::text[], %(grace_until)b::text[], %(position)b::bigint[], %(body)b::bytea[])
ON CONFLICT (person_id, competency) DO UPDATE SET
    status = excluded.status, level = excluded.level, value = excluded.value,
    attained_at = excluded.attained_at, valid_until = excluded.valid_until, grace_until = excluded.grace_until,
    position = excluded.position, body = excluded.body;

-- name: delete_state
-- Forget the state row of one person and competency: merged away or erased.
DELETE FROM competency_states USING unnest(%(person_id)b::text[], %(competency)b::text[]) AS gone (person_id, competency)
WHERE competency_states.person_id = gone.person_id AND competency_states.competency = gone.competency;

-- name: states_of_person
-- Every state row of one person, in the order of the competencies' bytes.
SELECT person_id, competency, position, body FROM competency_states WHERE person_id = %(person_id)s ORDER BY competency;

-- name: states_of_competency
-- A page of the state rows of one competency, by person.
SELECT person_id, competency, position, body FROM competency_states
WHERE competency = %(competency)s AND person_id > %(after)s ORDER BY person_id LIMIT %(limit)s;

-- name: states_after
-- A page of all state rows, for the projection's hash.
SELECT person_id, competency, position, body FROM competency_states
WHERE (person_id, competency) > (%(person_id)s, %(competency)s) ORDER BY person_id, competency LIMIT %(limit)s;

-- name: states_of_status
-- A page of the state rows of one competency and status, by person.
SELECT person_id, competency, position, body FROM competency_states
WHERE competency = %(competency)s AND status = %(status)s AND person_id > %(after)s ORDER BY person_id LIMIT %(limit)s;

-- name: states_expiring
-- A page of what is valid and ends within a time, by its end.
SELECT person_id, competency, status, level, valid_until FROM competency_states
WHERE valid_until COLLATE "C" >= %(first)s AND valid_until COLLATE "C" < %(last)s AND status IN ('mastered', 'expiring')
    AND (valid_until COLLATE "C", person_id, competency) > (%(until)s, %(person_id)s, %(competency)s)
ORDER BY valid_until COLLATE "C", person_id, competency LIMIT %(limit)s;

-- name: count_states
-- How many state rows there are.
SELECT count(*) AS states FROM competency_states;

-- name: state_keys_after
-- A page of whose states there are, in what.
SELECT person_id, competency FROM competency_states
WHERE (person_id, competency) > (%(person_id)s, %(competency)s) ORDER BY person_id, competency LIMIT %(limit)s;

-- name: last_state_change
-- The number of the newest change, 0 when there is none.
SELECT coalesce(max(seq), 0) AS seq FROM state_changes;

-- name: note_state_change
-- Let a state wait to be published.
INSERT INTO state_changes (person_id, competency, seq, position)
SELECT * FROM unnest(%(person_id)b::text[], %(competency)b::text[], %(seq)b::bigint[], %(position)b::bigint[])
ON CONFLICT (person_id, competency) DO UPDATE SET seq = excluded.seq, position = excluded.position;

-- name: note_state_gone
-- Let the end of a state wait to be published, if it was ever noted: nobody has to forget what nobody was told.
UPDATE state_changes SET seq = gone.seq, position = gone.position
FROM unnest(%(person_id)b::text[], %(competency)b::text[], %(seq)b::bigint[], %(position)b::bigint[])
    AS gone (person_id, competency, seq, position)
WHERE state_changes.person_id = gone.person_id AND state_changes.competency = gone.competency;

-- name: state_changes_after
-- A page of what waits, each with the state as it is now; no body, no state any more.
SELECT c.seq, c.person_id, c.competency, coalesce(s.position, c.position) AS position, s.body
FROM state_changes AS c LEFT JOIN competency_states AS s ON s.person_id = c.person_id AND s.competency = c.competency
WHERE c.seq > %(after)s ORDER BY c.seq LIMIT %(limit)s;

-- name: count_state_changes
-- How many wait behind a number.
SELECT count(*) AS changes FROM state_changes WHERE seq > %(after)s;

-- name: noted_states_after
-- A page of what was ever noted and has not been forgotten.
SELECT person_id, competency FROM state_changes
WHERE (person_id, competency) > (%(person_id)s, %(competency)s) ORDER BY person_id, competency LIMIT %(limit)s;

-- name: forget_state_change
-- Forget a change that has not been overtaken by another: that a state is gone was published.
DELETE FROM state_changes USING unnest(%(seq)b::bigint[]) AS gone (seq) WHERE state_changes.seq = gone.seq;

-- name: statement_count
-- How many statements of a stream have been published.
SELECT sequence FROM statement_counts WHERE stream = %(stream)s;

-- name: statement_counts_after
-- A page of all counts.
SELECT stream, sequence FROM statement_counts WHERE stream > %(after)s ORDER BY stream LIMIT %(limit)s;

-- name: put_statement_count
-- Keep a count.
INSERT INTO statement_counts (stream, sequence) SELECT * FROM unnest(%(stream)b::text[], %(sequence)b::bigint[])
ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence;

-- name: cursors
-- Every cursor, to carry them into the next projection version.
SELECT target, seq FROM publish_cursors ORDER BY target;

-- name: put_cursor
-- Move a cursor; it never goes back.
INSERT INTO publish_cursors (target, seq) SELECT * FROM unnest(%(target)b::text[], %(seq)b::bigint[])
ON CONFLICT (target) DO UPDATE SET seq = excluded.seq WHERE publish_cursors.seq < excluded.seq;

-- name: fact
-- One fact about this projection.
SELECT value FROM projection_facts WHERE name = %(name)s;

-- name: put_fact
-- Keep a fact about this projection.
INSERT INTO projection_facts (name, value) SELECT * FROM unnest(%(name)b::text[], %(value)b::text[])
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: tracked
-- The log position up to which this projection has folded; null when it has not begun.
SELECT max(notification_id) AS position FROM notification_tracking WHERE application_name = %(name)s;
