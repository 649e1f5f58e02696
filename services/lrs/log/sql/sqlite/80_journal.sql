-- What was refused and what was advised, in a file of its own: no part of the log, and made when the journal is first opened.

-- name: make_rejected
-- content is sealed: parameters, faults and body of the request.
CREATE TABLE IF NOT EXISTS rejected_requests (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id BLOB NOT NULL UNIQUE,
    recorded INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    version TEXT NOT NULL,
    status INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    replayed INTEGER,
    content BLOB NOT NULL
);

-- name: make_advice
CREATE TABLE IF NOT EXISTS advice_given (
    key_id TEXT NOT NULL, advice TEXT NOT NULL, requests INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (key_id, advice)
);

-- name: insert_rejected
INSERT INTO rejected_requests (entry_id, recorded, key_id, method, path, version, status, bytes, content)
VALUES (:entry_id, :recorded, :key_id, :method, :path, :version, :status, :bytes, :content);

-- name: trim_rejected_to_count
-- The oldest go first.
DELETE FROM rejected_requests
WHERE place <= (SELECT max(place) FROM rejected_requests) - :most;

-- name: trim_rejected_to_bytes
DELETE FROM rejected_requests WHERE place IN (
    SELECT place FROM (
        SELECT place, sum(bytes) OVER (ORDER BY place DESC) AS total FROM rejected_requests
    ) AS counted WHERE total > :most
);

-- name: list_rejected
SELECT entry_id, recorded, key_id, method, path, version, status, bytes, replayed, content
FROM rejected_requests ORDER BY place DESC LIMIT :limit;

-- name: select_rejected
SELECT entry_id, recorded, key_id, method, path, version, status, bytes, replayed, content
FROM rejected_requests WHERE entry_id = :entry_id;

-- name: mark_replayed
UPDATE rejected_requests SET replayed = :replayed WHERE entry_id = :entry_id;

-- name: count_rejected
SELECT count(*) AS requests FROM rejected_requests WHERE recorded < :before;

-- name: purge_rejected
DELETE FROM rejected_requests WHERE recorded < :before;

-- name: add_advice
INSERT INTO advice_given (key_id, advice, requests, last)
VALUES (:key_id, :advice, :requests, :last)
ON CONFLICT (key_id, advice) DO UPDATE
SET requests = advice_given.requests + excluded.requests, last = excluded.last;

-- name: list_advice
-- A null key stands for any.
SELECT key_id, advice, requests, last FROM advice_given
WHERE :key_id IS NULL OR key_id = :key_id ORDER BY key_id, requests DESC, advice;
