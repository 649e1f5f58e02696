-- What was refused and what was advised, in tables of its own: no part of the log, and made when the journal is first opened.

-- name: make_rejected
-- content is sealed: parameters, faults and body of the request.
CREATE TABLE IF NOT EXISTS rejected_requests (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id uuid NOT NULL UNIQUE,
    recorded bigint NOT NULL,
    key_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    version text NOT NULL,
    status bigint NOT NULL,
    bytes bigint NOT NULL,
    replayed bigint,
    content bytea NOT NULL
);

-- name: make_advice
CREATE TABLE IF NOT EXISTS advice_given (
    key_id text NOT NULL, advice text NOT NULL, requests bigint NOT NULL, last bigint NOT NULL,
    PRIMARY KEY (key_id, advice)
);

-- name: insert_rejected
INSERT INTO rejected_requests (entry_id, recorded, key_id, method, path, version, status, bytes, content)
VALUES (%(entry_id)s, %(recorded)s, %(key_id)s, %(method)s, %(path)s, %(version)s, %(status)s, %(bytes)s, %(content)s);

-- name: trim_rejected_to_count
-- The oldest go first.
DELETE FROM rejected_requests
WHERE place <= (SELECT max(place) FROM rejected_requests) - %(most)s;

-- name: trim_rejected_to_bytes
DELETE FROM rejected_requests WHERE place IN (
    SELECT place FROM (
        SELECT place, sum(bytes) OVER (ORDER BY place DESC) AS total FROM rejected_requests
    ) AS counted WHERE total > %(most)s
);

-- name: list_rejected
SELECT entry_id, recorded, key_id, method, path, version, status, bytes, replayed, content
FROM rejected_requests ORDER BY place DESC LIMIT %(limit)s;

-- name: select_rejected
SELECT entry_id, recorded, key_id, method, path, version, status, bytes, replayed, content
FROM rejected_requests WHERE entry_id = %(entry_id)s;

-- name: mark_replayed
UPDATE rejected_requests SET replayed = %(replayed)s WHERE entry_id = %(entry_id)s;

-- name: count_rejected
SELECT count(*) AS requests FROM rejected_requests WHERE recorded < %(before)s;

-- name: purge_rejected
DELETE FROM rejected_requests WHERE recorded < %(before)s;

-- name: add_advice
INSERT INTO advice_given (key_id, advice, requests, last)
VALUES (%(key_id)s, %(advice)s, %(requests)s, %(last)s)
ON CONFLICT (key_id, advice) DO UPDATE
SET requests = advice_given.requests + excluded.requests, last = excluded.last;

-- name: list_advice
-- A null key stands for any.
SELECT key_id, advice, requests, last FROM advice_given
WHERE %(key_id)s::text IS NULL OR key_id = %(key_id)s ORDER BY key_id, requests DESC, advice;
