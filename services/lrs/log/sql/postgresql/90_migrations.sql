-- How the tables of an older store become those of this version (lrs.log.migrations). The steps of version N are the
-- queries migrate_N_.., in this order; a step migrate_N_each_.. runs over ranges of positions, after after up to last.

-- name: limit_lock
-- For the rest of the transaction: whoever waits for a lock longer than this gives up, so that those behind it need not.
SELECT set_config('lock_timeout', %(milliseconds)s, true);

-- name: migrate_2_drop_time_index
-- The time of a statement is in its blob, so neither a column nor an index has to say it again.
DROP INDEX IF EXISTS statements_recorded;

-- name: migrate_2_drop_time
ALTER TABLE statements DROP COLUMN IF EXISTS recorded;

-- name: migrate_2_index_entries
-- Reads go on while it is made, writes wait.
CREATE UNIQUE INDEX IF NOT EXISTS stored_events_entry ON stored_events (originator_id);

-- name: migrate_2_drop_wide_index
ALTER TABLE stored_events DROP CONSTRAINT IF EXISTS stored_events_pkey;

-- name: migrate_2_state_as_it_is
ALTER TABLE stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

-- name: migrate_3_nothing
-- Tables have one version, whichever the database, and in this one only those of SQLite change: the terms of small
-- appends lie apart there until there are many. PostgreSQL writes rows to its log, and a page once for each checkpoint.
SELECT 1;
