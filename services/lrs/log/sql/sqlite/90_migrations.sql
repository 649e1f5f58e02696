-- How the tables of an older store become those of this version (lrs.log.migrations). The steps of version N are the
-- queries migrate_N_.., in this order; a step migrate_N_each_.. runs over ranges of positions, after :after up to :last.

-- name: migrate_2_narrow
-- The time of a statement is in its blob, so neither a column nor an index has to say it again.
CREATE TABLE IF NOT EXISTS statements_narrow (
    position INTEGER PRIMARY KEY,
    flags INTEGER NOT NULL,
    terms BLOB NOT NULL
);

-- name: migrate_2_each_statement
INSERT INTO statements_narrow (position, flags, terms)
SELECT position, flags, terms FROM statements WHERE position > :after AND position <= :last ORDER BY position;

-- name: migrate_2_catch_up
-- What another process still wrote meanwhile.
INSERT INTO statements_narrow (position, flags, terms)
SELECT s.position, s.flags, s.terms
FROM statements s LEFT JOIN statements_narrow n ON n.position = s.position
WHERE n.position IS NULL OR n.flags <> s.flags OR n.terms <> s.terms
ON CONFLICT (position) DO UPDATE SET flags = excluded.flags, terms = excluded.terms;

-- name: migrate_2_drop_wide
DROP TABLE statements;

-- name: migrate_2_swap
ALTER TABLE statements_narrow RENAME TO statements;

-- name: migrate_3_recent_terms
-- Nothing is moved to it: the terms that are there stay where they are. No version before this one may read or write
-- the store from here on, since it would miss what lies in this table.
CREATE TABLE IF NOT EXISTS recent_terms (
    term INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (term, position)
) WITHOUT ROWID;
