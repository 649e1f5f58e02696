-- Reading the log by position and by id.

-- name: limit_statement
-- For the rest of the transaction.
SELECT set_config('statement_timeout', %(milliseconds)s, true);

-- name: select_settled
-- The clock as the statement came in, and whether after that a transaction still held the lock of the log: it may have
-- stamped entries that nobody sees yet. With the head of the last blob, whose time may be ahead of a clock set back.
SELECT
    (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS clock,
    EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'relation' AND granted AND mode = 'ExclusiveLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND relation = to_regclass('stored_events')
    ) AS writing,
    (SELECT substring(state FROM 1 FOR 9) FROM stored_events ORDER BY notification_id DESC LIMIT 1) AS state;

-- name: select_entries_after
SELECT notification_id AS position, originator_id AS entry_id, topic, state
FROM stored_events WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(limit)s;

-- name: select_entries_by_id
SELECT notification_id AS position, originator_id AS entry_id, topic, state
FROM stored_events WHERE originator_id = ANY(%(ids)b::uuid[]) AND originator_version = 1;

-- name: select_head
SELECT notification_id AS position, substring(state FROM 1 FOR 9) AS state
FROM stored_events ORDER BY notification_id DESC LIMIT 1;

-- name: select_created
-- Whether the tables are there; they are created in one transaction, so one stands for all.
SELECT 1 AS created WHERE to_regclass('stored_events') IS NOT NULL;

-- name: select_meta
SELECT name, value FROM meta;

-- name: insert_meta
INSERT INTO meta (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT (name) DO NOTHING;

-- name: put_meta
INSERT INTO meta (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: select_rows
-- The index rows of a stretch of the log.
SELECT position, flags, terms FROM statements
WHERE position > %(after)s AND position <= %(upper)s ORDER BY position;

-- name: select_ref
-- Which statement at a position refers to a target.
SELECT source FROM refs WHERE target = %(target)s AND position = %(position)s;

-- name: count_refs
-- How many references and voidings the statements up to a position brought.
SELECT
    (SELECT count(*) FROM refs WHERE position <= %(upper)s) AS refs,
    (SELECT count(*) FROM voidings WHERE position <= %(upper)s) AS voidings;

-- name: read_whole_tables
-- For the rest of the transaction: what follows reads all of a table, for which its index is the long way.
SELECT set_config('enable_seqscan', 'on', true);

-- name: sum_terms
-- How many statements up to a position terms find and the sum of their positions, from a term on. Terms with the same last
-- 16 bits are told together, which one reading of the table does; there are never more of these than the limit.
SELECT term & 65535 AS term, count(*) AS statements, sum(position)::bigint AS positions FROM terms
WHERE term >= %(first)s AND position <= %(upper)s GROUP BY 1 ORDER BY 1 LIMIT %(limit)s;

-- name: select_others_between
-- The entries that are no statements, so that nobody reads every statement to find them.
SELECT notification_id AS position, originator_id AS entry_id, topic, state
FROM stored_events
WHERE notification_id > %(after)s AND notification_id <= %(up_to)s AND topic <> %(statements)s ORDER BY notification_id;
