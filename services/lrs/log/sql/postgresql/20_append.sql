-- The look and the writes of an append. Lists travel as binary arrays.

-- name: lock_creation
-- Two processes that create one schema at once wait for one another; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('mastrail creation of ' || %(schema)s, 0));

-- name: select_head_and_clock
-- The last position with the head of its blob, the clock, and whether anything is known of one of the ids: that it is in
-- the log, is to be voided or is referred to. It runs after LOCK TABLE and so sees everything committed.
SELECT
    coalesce(last.notification_id, 0) AS position,
    last.state,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock,
    EXISTS (
        SELECT 1 FROM unnest(%(ids)b::uuid[]) AS wanted (id)
        WHERE EXISTS (SELECT 1 FROM stored_events WHERE originator_id = wanted.id AND originator_version = 1)
            OR EXISTS (SELECT 1 FROM voidings WHERE target = wanted.id)
            OR EXISTS (SELECT 1 FROM refs WHERE target = wanted.id)
    ) AS has_known
FROM (VALUES (1)) AS one (row)
LEFT JOIN LATERAL (
    SELECT notification_id, substring(state FROM 1 FOR 9) AS state
    FROM stored_events ORDER BY notification_id DESC LIMIT 1
) AS last ON true;

-- name: append_plain
-- The look and all writes of an append that is plain (lrs.log.plain) at once, its positions and times moved to where the
-- log ends. Where something is known of one of the ids, or the last blob has no frame of a known version, nothing is
-- written. It runs after LOCK TABLE and so sees everything committed.
WITH known AS MATERIALIZED (
    SELECT
        coalesce(last.notification_id, 0) AS position,
        greatest(
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
            ('x' || encode(substring(last.head FROM 2 FOR 8), 'hex'))::bit(64)::bigint
        ) AS recorded,
        (last.head IS NULL OR octet_length(last.head) = 9 AND substring(last.head FROM 1 FOR 1) IN ('\x01', '\x02'))
            AND NOT EXISTS (
            SELECT 1 FROM unnest(%(entry_id)b::uuid[]) AS wanted (id)
            WHERE EXISTS (SELECT 1 FROM stored_events WHERE originator_id = wanted.id AND originator_version = 1)
                OR EXISTS (SELECT 1 FROM voidings WHERE target = wanted.id)
                OR EXISTS (SELECT 1 FROM refs WHERE target = wanted.id)
        ) AS is_written
    FROM (VALUES (1)) AS one (row)
    LEFT JOIN LATERAL (
        SELECT notification_id, substring(state FROM 1 FOR 9) AS head
        FROM stored_events ORDER BY notification_id DESC LIMIT 1
    ) AS last ON true
), place AS MATERIALIZED (
    SELECT position, recorded FROM known WHERE is_written
), events AS (
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)
    SELECT place.position + new.event, new.entry_id, 1, new.topic,
        overlay(new.state PLACING int8send(place.recorded) FROM 2 FOR 8)
    FROM place CROSS JOIN unnest(%(event)b::bigint[], %(entry_id)b::uuid[], %(topic)b::text[], %(state)b::bytea[])
        AS new (event, entry_id, topic, state)
), rows AS (
    INSERT INTO statements (position, flags, terms)
    SELECT place.position + new.statement, new.flags, new.terms
    FROM place CROSS JOIN unnest(%(statement)b::bigint[], %(flags)b::smallint[], %(terms)b::bytea[])
        AS new (statement, flags, terms)
), index AS (
    INSERT INTO terms (term, position)
    SELECT new.term, place.position + new.found
    FROM place CROSS JOIN unnest(%(term)b::bigint[], %(found)b::bigint[]) AS new (term, found)
)
SELECT position, recorded, is_written, CASE WHEN is_written THEN pg_notify(%(channel)s, '') END FROM known;

-- name: select_stored
-- Which of the ids are in the log.
SELECT notification_id AS position, originator_id AS entry_id, state
FROM stored_events WHERE originator_id = ANY(%(ids)b::uuid[]) AND originator_version = 1;

-- name: select_voided
-- Which of the ids are asked to be voided.
SELECT DISTINCT target FROM voidings WHERE target = ANY(%(ids)b::uuid[]);

-- name: select_referrers
-- Every statement that refers to one of the ids.
SELECT r.target, r.source AS entry_id, s.position, s.flags, s.terms
FROM refs r JOIN statements s ON s.position = r.position
WHERE r.target = ANY(%(ids)b::uuid[]);

-- name: select_nodes
-- The index rows of those of the ids that are statements in the log, and what their terms are derived from.
SELECT e.originator_id AS entry_id, s.position, s.flags, s.terms, e.topic, e.state
FROM stored_events e JOIN statements s ON s.position = e.notification_id
WHERE e.originator_id = ANY(%(ids)b::uuid[]) AND e.originator_version = 1;

-- name: insert_event
INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)
SELECT position, entry_id, 1, topic, state
FROM unnest(%(position)b::bigint[], %(entry_id)b::uuid[], %(topic)b::text[], %(state)b::bytea[])
    AS new (position, entry_id, topic, state);

-- name: insert_statement
INSERT INTO statements (position, flags, terms)
SELECT position, flags, terms
FROM unnest(%(position)b::bigint[], %(flags)b::smallint[], %(terms)b::bytea[]) AS new (position, flags, terms);

-- name: update_statement
-- A statement was voided or inherited terms.
UPDATE statements AS s SET flags = new.flags, terms = new.terms
FROM unnest(%(position)b::bigint[], %(flags)b::smallint[], %(terms)b::bytea[]) AS new (position, flags, terms)
WHERE s.position = new.position;

-- name: insert_term
INSERT INTO terms (term, position)
SELECT term, position FROM unnest(%(term)b::bigint[], %(position)b::bigint[]) AS new (term, position);

-- name: insert_ref
INSERT INTO refs (target, position, source)
SELECT target, position, source
FROM unnest(%(target)b::uuid[], %(position)b::bigint[], %(source)b::uuid[]) AS new (target, position, source);

-- name: insert_voiding
INSERT INTO voidings (target, position)
SELECT target, position FROM unnest(%(target)b::uuid[], %(position)b::bigint[]) AS new (target, position);
