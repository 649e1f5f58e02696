-- What was found about the signature of a statement when it came in; a statement without one has no row.

-- name: create_signatures
CREATE TABLE IF NOT EXISTS signatures (position INTEGER PRIMARY KEY, verdict TEXT NOT NULL);

-- name: insert_signature
INSERT INTO signatures (position, verdict) VALUES (:position, :verdict);

-- name: select_signature
SELECT position, verdict FROM signatures WHERE position = :position;
