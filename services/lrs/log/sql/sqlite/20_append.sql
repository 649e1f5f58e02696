-- The look and the writes of an append. :ids is a list of ids as one blob of 16 bytes each.

-- name: select_head_and_clock
-- The last position with the head of its blob, the clock that was read under the lock, and whether anything is known of
-- one of the ids: that it is in the log, is to be voided or is referred to. Nothing is, most of the time.
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT coalesce(max(rowid), 0) AS position, substr(state, 1, 9) AS state, :now AS clock, EXISTS (
    SELECT 1 FROM wanted
    WHERE EXISTS (SELECT 1 FROM stored_events WHERE originator_id = substr(:ids, place, 16) AND originator_version = 1)
        OR EXISTS (SELECT 1 FROM voidings WHERE target = substr(:ids, place, 16))
        OR EXISTS (SELECT 1 FROM refs WHERE target = substr(:ids, place, 16))
) AS has_known
FROM stored_events;

-- name: select_stored
-- Which of the ids are in the log.
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT e.rowid AS position, e.originator_id AS entry_id, e.state
FROM wanted CROSS JOIN stored_events e ON e.originator_id = substr(:ids, place, 16) AND e.originator_version = 1;

-- name: select_voided
-- Which of the ids are asked to be voided.
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT DISTINCT v.target FROM wanted CROSS JOIN voidings v ON v.target = substr(:ids, place, 16);

-- name: select_referrers
-- Every statement that refers to one of the ids.
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT r.target, r.source AS entry_id, s.position, s.flags, s.terms
FROM wanted
CROSS JOIN refs r ON r.target = substr(:ids, place, 16)
CROSS JOIN statements s ON s.position = r.position;

-- name: select_nodes
-- The index rows of those of the ids that are statements in the log, and what their terms are derived from.
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT e.originator_id AS entry_id, s.position, s.flags, s.terms, e.topic, e.state
FROM wanted
CROSS JOIN stored_events e ON e.originator_id = substr(:ids, place, 16) AND e.originator_version = 1
CROSS JOIN statements s ON s.position = e.rowid;

-- name: insert_event
INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)
VALUES (:position, :entry_id, 1, :topic, :state);

-- name: insert_statement
INSERT INTO statements (position, flags, terms) VALUES (:position, :flags, :terms);

-- name: update_statement
-- A statement was voided or inherited terms.
UPDATE statements SET flags = :flags, terms = :terms WHERE position = :position;

-- name: insert_term
INSERT INTO terms (term, position) VALUES (:term, :position);

-- name: insert_recent_term
INSERT INTO recent_terms (term, position) VALUES (:term, :position);

-- name: merge_recent_terms
-- In the order of both indexes, so that each page of terms is gone to once.
INSERT INTO terms (term, position) SELECT term, position FROM recent_terms ORDER BY term, position;

-- name: forget_recent_terms
DELETE FROM recent_terms;

-- name: insert_ref
INSERT INTO refs (target, position, source) VALUES (:target, :position, :source);

-- name: insert_voiding
INSERT INTO voidings (target, position) VALUES (:target, :position);
