-- Finding statements (Communication 2.1.3). A statement with flag 1 is voided; a page leaves out those that have a flag
-- of :hidden. :after and :before bound the positions, both exclusive. Each page walks an index in the order of the log
-- and stops at its limit.

-- name: select_position_at
-- The last statement recorded at or before a time.
SELECT position FROM statements WHERE recorded <= :recorded ORDER BY recorded DESC, position DESC LIMIT 1;

-- name: select_statement
-- A statement by its id, if it is as voided (1) or not (0) as asked.
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM stored_events e CROSS JOIN statements s ON s.position = e.rowid
WHERE e.originator_id = :entry_id AND e.originator_version = 1 AND s.flags & 1 = :voided;

-- name: select_flags
SELECT s.flags
FROM stored_events e CROSS JOIN statements s ON s.position = e.rowid
WHERE e.originator_id = :entry_id AND e.originator_version = 1;

-- name: select_term_depth
-- How far back the newest :depth statements of a term reach: the further, the rarer the term is.
SELECT position FROM terms WHERE term = :term AND position > :after AND position < :before
ORDER BY position DESC LIMIT 1 OFFSET :depth;

-- name: select_page_newest
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM statements s CROSS JOIN stored_events e ON e.rowid = s.position
WHERE s.position > :after AND s.position < :before AND s.flags & :hidden = 0
ORDER BY s.position DESC LIMIT :limit;

-- name: select_page_oldest
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM statements s CROSS JOIN stored_events e ON e.rowid = s.position
WHERE s.position > :after AND s.position < :before AND s.flags & :hidden = 0
ORDER BY s.position LIMIT :limit;

-- name: select_found_newest
-- Walks :term, the rarest, and looks each statement up under the other terms, of which those that are null do not count.
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM terms t
CROSS JOIN statements s ON s.position = t.position
CROSS JOIN stored_events e ON e.rowid = t.position
WHERE t.term = :term AND t.position > :after AND t.position < :before AND s.flags & :hidden = 0
    AND (:second IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :second AND o.position = t.position))
    AND (:third IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :third AND o.position = t.position))
    AND (:fourth IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :fourth AND o.position = t.position))
    AND (:fifth IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :fifth AND o.position = t.position))
ORDER BY t.position DESC LIMIT :limit;

-- name: select_found_oldest
-- Walks :term, the rarest, and looks each statement up under the other terms, of which those that are null do not count.
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM terms t
CROSS JOIN statements s ON s.position = t.position
CROSS JOIN stored_events e ON e.rowid = t.position
WHERE t.term = :term AND t.position > :after AND t.position < :before AND s.flags & :hidden = 0
    AND (:second IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :second AND o.position = t.position))
    AND (:third IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :third AND o.position = t.position))
    AND (:fourth IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :fourth AND o.position = t.position))
    AND (:fifth IS NULL OR EXISTS (SELECT 1 FROM terms o WHERE o.term = :fifth AND o.position = t.position))
ORDER BY t.position LIMIT :limit;
