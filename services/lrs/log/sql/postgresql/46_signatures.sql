-- What was found about the signature of a statement when it came in; a statement without one has no row.

-- name: create_signatures
CREATE TABLE IF NOT EXISTS signatures (position bigint PRIMARY KEY, verdict text NOT NULL);

-- name: insert_signature
INSERT INTO signatures (position, verdict) VALUES (%(position)s, %(verdict)s);

-- name: select_signatures
-- The verdicts in the order of the log, those of one kind or, when verdict is null, all.
SELECT g.position, e.originator_id AS entry_id, g.verdict
FROM signatures g JOIN stored_events e ON e.notification_id = g.position
WHERE g.position > %(after)s AND (%(verdict)s::text IS NULL OR g.verdict = %(verdict)s::text)
ORDER BY g.position LIMIT %(limit)s;
