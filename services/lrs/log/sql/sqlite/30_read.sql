-- Reading the log by position and by id.

-- name: select_entries_after
SELECT rowid AS position, originator_id AS entry_id, topic, state
FROM stored_events WHERE rowid > :after ORDER BY rowid LIMIT :limit;

-- name: select_entries_by_id
WITH RECURSIVE wanted(place) AS (
    SELECT 1 UNION ALL SELECT place + 16 FROM wanted WHERE place + 16 < length(:ids)
)
SELECT e.rowid AS position, e.originator_id AS entry_id, e.topic, e.state
FROM wanted CROSS JOIN stored_events e ON e.originator_id = substr(:ids, place, 16) AND e.originator_version = 1;

-- name: select_head
SELECT rowid AS position, substr(state, 1, 9) AS state
FROM stored_events ORDER BY rowid DESC LIMIT 1;

-- name: select_created
-- Whether the tables are there; they are created in one transaction, so one stands for all.
SELECT 1 AS created FROM sqlite_master WHERE type = 'table' AND name = 'stored_events';

-- name: select_meta
SELECT name, value FROM meta;

-- name: insert_meta
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: put_meta
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: select_rows
-- The index rows of a stretch of the log.
SELECT position, flags, terms FROM statements
WHERE position > :after AND position <= :upper ORDER BY position;

-- name: select_ref
-- Which statement at a position refers to a target.
SELECT source FROM refs WHERE target = :target AND position = :position;

-- name: count_refs
-- How many references and voidings the statements up to a position brought.
SELECT
    (SELECT count(*) FROM refs WHERE position <= :upper) AS refs,
    (SELECT count(*) FROM voidings WHERE position <= :upper) AS voidings;

-- name: read_whole_tables
-- Nothing keeps SQLite from it.
SELECT 1;

-- name: sum_terms
-- How many statements up to a position each term finds and the sum of their positions, term by term.
-- Each table gives as many terms as are wanted, in its order; only those are put in order again.
SELECT term, sum(statements) AS statements, sum(positions) AS positions FROM (
    SELECT * FROM (
        SELECT term, count(*) AS statements, sum(position) AS positions FROM terms
        WHERE term >= :first AND position <= :upper GROUP BY term ORDER BY term LIMIT :limit
    )
    UNION ALL
    SELECT * FROM (
        SELECT term, count(*) AS statements, sum(position) AS positions FROM recent_terms
        WHERE term >= :first AND position <= :upper GROUP BY term ORDER BY term LIMIT :limit
    )
) GROUP BY term ORDER BY term LIMIT :limit;

-- name: select_others_between
-- The entries that are no statements, so that nobody reads every statement to find them.
SELECT rowid AS position, originator_id AS entry_id, topic, state
FROM stored_events WHERE rowid > :after AND rowid <= :up_to AND topic <> :statements ORDER BY rowid;
