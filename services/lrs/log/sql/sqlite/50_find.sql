-- Finding statements (Communication 2.1.3). A statement with flag 1 is voided. :after and :before bound the positions, both
-- exclusive. Each page walks an index in the order of the log and stops at its limit; a statement with a flag of :hidden
-- is not for the page: it counts, but its state is null. The statements of a term are in terms or in recent_terms; two
-- walks, each in the order of its table, are merged as they go.

-- name: select_position_at
-- The last entry recorded at or before a time, 0 when there is none: found by halving, since positions have no holes and
-- times never decrease along them. Bytes 2 to 9 of a blob are its time, as a number of microseconds that is never negative.
WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce(max(rowid), 0) FROM stored_events
    UNION ALL
    SELECT
        CASE WHEN hex(substr(e.state, 2, 8)) <= printf('%016X', max(:recorded, 0)) THEN e.rowid ELSE low END,
        CASE WHEN hex(substr(e.state, 2, 8)) <= printf('%016X', max(:recorded, 0)) THEN high ELSE e.rowid - 1 END
    FROM search CROSS JOIN stored_events e ON e.rowid = (low + high + 1) / 2
    WHERE low < high
)
SELECT low AS position FROM search WHERE low = high;

-- name: select_statement
-- A statement by its id, if it is as voided (1) or not (0) as asked.
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM stored_events e CROSS JOIN statements s ON s.position = e.rowid
WHERE e.originator_id = :entry_id AND e.originator_version = 1 AND s.flags & 1 = :voided;

-- name: select_term_depth
-- The statement of a term that has :depth newer ones of that term; none when the term has not so many.
SELECT position FROM terms WHERE term = :term AND position > :after AND position < :before
UNION ALL
SELECT position FROM recent_terms WHERE term = :term AND position > :after AND position < :before
ORDER BY position DESC LIMIT 1 OFFSET :depth;

-- name: select_page_newest
-- Every statement.
SELECT s.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM statements s CROSS JOIN stored_events e ON e.rowid = s.position
WHERE s.position > :after AND s.position < :before
ORDER BY s.position DESC LIMIT :limit;

-- name: select_term_newest
-- The statements of one term.
SELECT t.position AS position, e.originator_id AS entry_id, e.topic,
    CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM terms t
CROSS JOIN statements s ON s.position = t.position
CROSS JOIN stored_events e ON e.rowid = t.position
WHERE t.term = :first AND t.position > :after AND t.position < :before
UNION ALL
SELECT r.position AS position, e.originator_id AS entry_id, e.topic,
    CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM recent_terms r
CROSS JOIN statements s ON s.position = r.position
CROSS JOIN stored_events e ON e.rowid = r.position
WHERE r.term = :first AND r.position > :after AND r.position < :before
ORDER BY position DESC LIMIT :limit;

-- name: select_common_newest
-- The statements that two to five terms have in common. The terms take turns: each goes to its next statement at or
-- beyond the place where the one before it stands, so that stretches in which a term has nothing are leapt over. When
-- all agree on a place, that is a find. After :steps turns the last place is returned without a state.
-- A row is a turn: the place where it looked, how many terms had agreed on that, and where it came to, which is :after
-- when the term has nothing more. Its own agreement follows from these, so that the looks are made once for each turn.
WITH RECURSIVE walk (step, position, place, run, found) AS (
    SELECT 0, :before - 1, :before - 1, -1, 0
    UNION ALL
    SELECT w.step + 1,
        max(
            coalesce((
                SELECT max(n.position) FROM terms n
                WHERE n.term = CASE w.step % :terms
                    WHEN 0 THEN :first WHEN 1 THEN :second WHEN 2 THEN :third WHEN 3 THEN :fourth ELSE :fifth END
                    AND n.position <= w.position - (w.position = w.place AND w.run = :terms - 1) AND n.position > :after
            ), :after),
            coalesce((
                SELECT max(r.position) FROM recent_terms r
                WHERE r.term = CASE w.step % :terms
                    WHEN 0 THEN :first WHEN 1 THEN :second WHEN 2 THEN :third WHEN 3 THEN :fourth ELSE :fifth END
                    AND r.position <= w.position - (w.position = w.place AND w.run = :terms - 1) AND r.position > :after
            ), :after)
        ),
        w.position - (w.position = w.place AND w.run = :terms - 1),
        CASE WHEN w.position = w.place THEN (w.run + 1) % :terms ELSE 1 END,
        w.found + (w.position = w.place AND w.run = :terms - 1)
    FROM walk w
    WHERE w.step < :steps AND w.position > :after AND w.found + (w.position = w.place AND w.run = :terms - 1) < :limit
), turns (step, position, agreed) AS (
    SELECT w.step, w.position, CASE WHEN w.position = w.place THEN w.run + 1 ELSE 1 END
    FROM walk w WHERE w.position > :after
)
SELECT w.step, w.agreed, w.position, e.originator_id AS entry_id, e.topic,
    CASE WHEN w.agreed = :terms AND s.flags & :hidden = 0 THEN e.state END AS state
FROM turns w
CROSS JOIN statements s ON s.position = w.position
CROSS JOIN stored_events e ON e.rowid = w.position
WHERE w.agreed = :terms OR w.step = :steps;

-- name: select_page_oldest
-- Every statement.
SELECT s.position, e.originator_id AS entry_id, e.topic, CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM statements s CROSS JOIN stored_events e ON e.rowid = s.position
WHERE s.position > :after AND s.position < :before
ORDER BY s.position LIMIT :limit;

-- name: select_term_oldest
-- The statements of one term.
SELECT t.position AS position, e.originator_id AS entry_id, e.topic,
    CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM terms t
CROSS JOIN statements s ON s.position = t.position
CROSS JOIN stored_events e ON e.rowid = t.position
WHERE t.term = :first AND t.position > :after AND t.position < :before
UNION ALL
SELECT r.position AS position, e.originator_id AS entry_id, e.topic,
    CASE WHEN s.flags & :hidden = 0 THEN e.state END AS state
FROM recent_terms r
CROSS JOIN statements s ON s.position = r.position
CROSS JOIN stored_events e ON e.rowid = r.position
WHERE r.term = :first AND r.position > :after AND r.position < :before
ORDER BY position LIMIT :limit;

-- name: select_common_oldest
-- The statements that two to five terms have in common. The terms take turns: each goes to its next statement at or
-- beyond the place where the one before it stands, so that stretches in which a term has nothing are leapt over. When
-- all agree on a place, that is a find. After :steps turns the last place is returned without a state.
-- A row is a turn: the place where it looked, how many terms had agreed on that, and where it came to, which is :before
-- when the term has nothing more. Its own agreement follows from these, so that the looks are made once for each turn.
WITH RECURSIVE walk (step, position, place, run, found) AS (
    SELECT 0, :after + 1, :after + 1, -1, 0
    UNION ALL
    SELECT w.step + 1,
        min(
            coalesce((
                SELECT min(n.position) FROM terms n
                WHERE n.term = CASE w.step % :terms
                    WHEN 0 THEN :first WHEN 1 THEN :second WHEN 2 THEN :third WHEN 3 THEN :fourth ELSE :fifth END
                    AND n.position >= w.position + (w.position = w.place AND w.run = :terms - 1) AND n.position < :before
            ), :before),
            coalesce((
                SELECT min(r.position) FROM recent_terms r
                WHERE r.term = CASE w.step % :terms
                    WHEN 0 THEN :first WHEN 1 THEN :second WHEN 2 THEN :third WHEN 3 THEN :fourth ELSE :fifth END
                    AND r.position >= w.position + (w.position = w.place AND w.run = :terms - 1) AND r.position < :before
            ), :before)
        ),
        w.position + (w.position = w.place AND w.run = :terms - 1),
        CASE WHEN w.position = w.place THEN (w.run + 1) % :terms ELSE 1 END,
        w.found + (w.position = w.place AND w.run = :terms - 1)
    FROM walk w
    WHERE w.step < :steps AND w.position < :before AND w.found + (w.position = w.place AND w.run = :terms - 1) < :limit
), turns (step, position, agreed) AS (
    SELECT w.step, w.position, CASE WHEN w.position = w.place THEN w.run + 1 ELSE 1 END
    FROM walk w WHERE w.position < :before
)
SELECT w.step, w.agreed, w.position, e.originator_id AS entry_id, e.topic,
    CASE WHEN w.agreed = :terms AND s.flags & :hidden = 0 THEN e.state END AS state
FROM turns w
CROSS JOIN statements s ON s.position = w.position
CROSS JOIN stored_events e ON e.rowid = w.position
WHERE w.agreed = :terms OR w.step = :steps;
