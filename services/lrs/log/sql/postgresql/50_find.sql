-- Finding statements (Communication 2.1.3). A statement with flag 1 is voided; a page leaves out those that have a flag
-- of hidden. after and before bound the positions, both exclusive. Each page walks an index in the order of the log
-- and stops at its limit.

-- name: select_position_at
-- The last statement recorded at or before a time.
SELECT position FROM statements WHERE recorded <= %(recorded)s ORDER BY recorded DESC, position DESC LIMIT 1;

-- name: select_statement
-- A statement by its id, if it is as voided (1) or not (0) as asked.
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM stored_events e JOIN statements s ON s.position = e.notification_id
WHERE e.originator_id = %(entry_id)s AND e.originator_version = 1 AND s.flags & 1 = %(voided)s;

-- name: select_flags
SELECT s.flags
FROM stored_events e JOIN statements s ON s.position = e.notification_id
WHERE e.originator_id = %(entry_id)s AND e.originator_version = 1;

-- name: select_term_depth
-- How far back the newest :depth statements of a term reach: the further, the rarer the term is.
SELECT position FROM terms WHERE term = %(term)s AND position > %(after)s AND position < %(before)s
ORDER BY position DESC LIMIT 1 OFFSET %(depth)s;

-- name: select_page_newest
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM statements s JOIN stored_events e ON e.notification_id = s.position
WHERE s.position > %(after)s AND s.position < %(before)s AND s.flags & %(hidden)s = 0
ORDER BY s.position DESC LIMIT %(limit)s;

-- name: select_page_oldest
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM statements s JOIN stored_events e ON e.notification_id = s.position
WHERE s.position > %(after)s AND s.position < %(before)s AND s.flags & %(hidden)s = 0
ORDER BY s.position LIMIT %(limit)s;

-- name: select_found_newest
-- Walks term, the rarest, and looks each statement up under the other terms, of which those that are null do not count.
-- Scalar subqueries stay as they are written: PostgreSQL would turn EXISTS into a join that reads a whole term.
WITH page AS MATERIALIZED (
    SELECT t.position FROM terms t
    WHERE t.term = %(term)s AND t.position > %(after)s AND t.position < %(before)s
        AND (%(second)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(second)s::bigint AND o.position = t.position) = 1)
        AND (%(third)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(third)s::bigint AND o.position = t.position) = 1)
        AND (%(fourth)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(fourth)s::bigint AND o.position = t.position) = 1)
        AND (%(fifth)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(fifth)s::bigint AND o.position = t.position) = 1)
        AND (SELECT s.flags FROM statements s WHERE s.position = t.position) & %(hidden)s = 0
    ORDER BY t.position DESC LIMIT %(limit)s
)
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM page p JOIN stored_events e ON e.notification_id = p.position
ORDER BY p.position DESC;

-- name: select_found_oldest
-- Walks term, the rarest, and looks each statement up under the other terms, of which those that are null do not count.
-- Scalar subqueries stay as they are written: PostgreSQL would turn EXISTS into a join that reads a whole term.
WITH page AS MATERIALIZED (
    SELECT t.position FROM terms t
    WHERE t.term = %(term)s AND t.position > %(after)s AND t.position < %(before)s
        AND (%(second)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(second)s::bigint AND o.position = t.position) = 1)
        AND (%(third)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(third)s::bigint AND o.position = t.position) = 1)
        AND (%(fourth)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(fourth)s::bigint AND o.position = t.position) = 1)
        AND (%(fifth)s::bigint IS NULL
            OR (SELECT count(*) FROM terms o WHERE o.term = %(fifth)s::bigint AND o.position = t.position) = 1)
        AND (SELECT s.flags FROM statements s WHERE s.position = t.position) & %(hidden)s = 0
    ORDER BY t.position LIMIT %(limit)s
)
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM page p JOIN stored_events e ON e.notification_id = p.position
ORDER BY p.position;
