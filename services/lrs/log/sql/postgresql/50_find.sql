-- Finding statements (Communication 2.1.3). A statement with flag 1 is voided. after and before bound the positions, both
-- exclusive. Each page walks an index in the order of the log and stops at its limit; a statement with a flag of hidden
-- is not for the page: it counts, but its state is null. OFFSET 0 keeps the planner from walking another table than the
-- one that is named first, which would begin far away from the page.

-- name: select_position_at
-- The last entry recorded at or before a time, 0 when there is none: found by halving, since positions have no holes and
-- times never decrease along them. Bytes 2 to 9 of a blob are its time, as a number of microseconds that is never negative.
-- LIMIT keeps the planner from joining in any other way.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce(max(notification_id), 0) FROM stored_events
    UNION ALL
    SELECT
        CASE WHEN middle.is_before THEN middle.position ELSE low END,
        CASE WHEN middle.is_before THEN high ELSE middle.position - 1 END
    FROM search CROSS JOIN LATERAL (
        SELECT
            notification_id AS position,
            substring(state FROM 2 FOR 8) <= int8send(greatest(%(recorded)s::bigint, 0)) AS is_before
        FROM stored_events WHERE notification_id = (low + high + 1) / 2 LIMIT 1
    ) AS middle
    WHERE low < high
)
SELECT low AS position FROM search WHERE low = high;

-- name: select_statement
-- A statement by its id, if it is as voided (1) or not (0) as asked.
SELECT e.notification_id AS position, e.originator_id AS entry_id, e.topic, e.state
FROM stored_events e JOIN statements s ON s.position = e.notification_id
WHERE e.originator_id = %(entry_id)s AND e.originator_version = 1 AND s.flags & 1 = %(voided)s;

-- name: select_term_depth
-- The statement of a term that has depth newer ones of that term; none when the term has not so many.
SELECT position FROM terms WHERE term = %(term)s AND position > %(after)s AND position < %(before)s
ORDER BY position DESC LIMIT 1 OFFSET %(depth)s;

-- name: select_page_newest
-- Every statement.
SELECT s.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM statements s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = s.position OFFSET 0) e
WHERE s.position > %(after)s AND s.position < %(before)s
ORDER BY s.position DESC LIMIT %(limit)s;

-- name: select_term_newest
-- The statements of one term.
SELECT t.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM terms t
CROSS JOIN LATERAL (SELECT * FROM statements o WHERE o.position = t.position OFFSET 0) s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = t.position OFFSET 0) e
WHERE t.term = %(first)s AND t.position > %(after)s AND t.position < %(before)s
ORDER BY t.position DESC LIMIT %(limit)s;

-- name: select_common_newest
-- The statements that two to five terms have in common. The terms take turns: each goes to its next statement at or
-- beyond the place where the one before it stands, so that stretches in which a term has nothing are leapt over. When
-- all agree on a place, that is a find. After steps turns the last place is returned without a state. A look at an index
-- reads a whole leaf of what may be wanted even for one row, so each turn looks at the next 256 places first.
WITH RECURSIVE walk (step, position, agreed, found) AS (
    SELECT 0, %(before)s::bigint - 1, 0, 0
    UNION ALL
    SELECT w.step + 1, t.position,
        CASE WHEN t.position = w.position AND w.agreed < %(terms)s THEN w.agreed + 1 ELSE 1 END,
        w.found + (w.agreed = %(terms)s)::int
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT w.position - (w.agreed = %(terms)s)::int AS place,
            (ARRAY[%(first)s, %(second)s, %(third)s, %(fourth)s, %(fifth)s]::bigint[])[w.step %% %(terms)s + 1] AS term
    ) AS turn
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT n.position FROM terms n
            WHERE n.term = turn.term AND n.position <= turn.place AND n.position > greatest(%(after)s::bigint, turn.place - 256)
            ORDER BY n.position DESC LIMIT 1
        ), (
            SELECT n.position FROM terms n
            WHERE n.term = turn.term AND n.position <= turn.place AND n.position > %(after)s
            ORDER BY n.position DESC LIMIT 1
        )) AS position OFFSET 0
    ) AS t
    WHERE w.step < %(steps)s AND w.found + (w.agreed = %(terms)s)::int < %(limit)s AND t.position IS NOT NULL
)
SELECT w.step, w.agreed, w.position, e.originator_id AS entry_id, e.topic,
    CASE WHEN w.agreed = %(terms)s AND s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM walk w
CROSS JOIN LATERAL (SELECT * FROM statements o WHERE o.position = w.position OFFSET 0) s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = w.position OFFSET 0) e
WHERE w.agreed = %(terms)s OR w.step = %(steps)s;

-- name: select_page_oldest
-- Every statement.
SELECT s.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM statements s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = s.position OFFSET 0) e
WHERE s.position > %(after)s AND s.position < %(before)s
ORDER BY s.position LIMIT %(limit)s;

-- name: select_term_oldest
-- The statements of one term.
SELECT t.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM terms t
CROSS JOIN LATERAL (SELECT * FROM statements o WHERE o.position = t.position OFFSET 0) s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = t.position OFFSET 0) e
WHERE t.term = %(first)s AND t.position > %(after)s AND t.position < %(before)s
ORDER BY t.position LIMIT %(limit)s;

-- name: select_common_oldest
-- The statements that two to five terms have in common. The terms take turns: each goes to its next statement at or
-- beyond the place where the one before it stands, so that stretches in which a term has nothing are leapt over. When
-- all agree on a place, that is a find. After steps turns the last place is returned without a state. A look at an index
-- reads a whole leaf of what may be wanted even for one row, so each turn looks at the next 256 places first.
WITH RECURSIVE walk (step, position, agreed, found) AS (
    SELECT 0, %(after)s::bigint + 1, 0, 0
    UNION ALL
    SELECT w.step + 1, t.position,
        CASE WHEN t.position = w.position AND w.agreed < %(terms)s THEN w.agreed + 1 ELSE 1 END,
        w.found + (w.agreed = %(terms)s)::int
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT w.position + (w.agreed = %(terms)s)::int AS place,
            (ARRAY[%(first)s, %(second)s, %(third)s, %(fourth)s, %(fifth)s]::bigint[])[w.step %% %(terms)s + 1] AS term
    ) AS turn
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT n.position FROM terms n
            WHERE n.term = turn.term AND n.position >= turn.place AND n.position < least(%(before)s::bigint, turn.place + 256)
            ORDER BY n.position LIMIT 1
        ), (
            SELECT n.position FROM terms n
            WHERE n.term = turn.term AND n.position >= turn.place AND n.position < %(before)s
            ORDER BY n.position LIMIT 1
        )) AS position OFFSET 0
    ) AS t
    WHERE w.step < %(steps)s AND w.found + (w.agreed = %(terms)s)::int < %(limit)s AND t.position IS NOT NULL
)
SELECT w.step, w.agreed, w.position, e.originator_id AS entry_id, e.topic,
    CASE WHEN w.agreed = %(terms)s AND s.flags & %(hidden)s = 0 THEN e.state END AS state
FROM walk w
CROSS JOIN LATERAL (SELECT * FROM statements o WHERE o.position = w.position OFFSET 0) s
CROSS JOIN LATERAL (SELECT * FROM stored_events o WHERE o.notification_id = w.position OFFSET 0) e
WHERE w.agreed = %(terms)s OR w.step = %(steps)s;
