-- What was found about the signature of a statement when it came in; a statement without one has no row.

-- name: create_signatures
CREATE TABLE IF NOT EXISTS signatures (position INTEGER PRIMARY KEY, verdict TEXT NOT NULL);

-- name: insert_signature
INSERT INTO signatures (position, verdict) VALUES (:position, :verdict);

-- name: select_signatures
-- The verdicts in the order of the log, those of one kind or, when :verdict is null, all.
SELECT g.position, e.originator_id AS entry_id, g.verdict
FROM signatures g CROSS JOIN stored_events e ON e.rowid = g.position
WHERE g.position > :after AND (:verdict IS NULL OR g.verdict = :verdict)
ORDER BY g.position LIMIT :limit;
