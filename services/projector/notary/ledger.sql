-- The notary's own record: which leaf is which fact, and the right edge of the tree. Rebuildable from the log.

-- name: create_leaves
-- Leaf indexes are dense from 0; positions of the log rise with them but may have holes.
CREATE TABLE IF NOT EXISTS leaves (
    leaf_index INTEGER PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    entry_id BLOB NOT NULL UNIQUE
);

-- name: create_pending
-- The entries of the bundle that is not full yet.
CREATE TABLE IF NOT EXISTS pending (leaf_index INTEGER PRIMARY KEY, entry BLOB NOT NULL);

-- name: create_edge
-- The hashes of the incomplete tile of each level from 1 up.
CREATE TABLE IF NOT EXISTS edge (level INTEGER PRIMARY KEY, hashes BLOB NOT NULL);

-- name: create_signed
-- The last checkpoint signed: at most one row.
CREATE TABLE IF NOT EXISTS signed (one INTEGER PRIMARY KEY CHECK (one = 1), note BLOB NOT NULL);

-- name: add_leaf
INSERT INTO leaves (leaf_index, position, entry_id) VALUES (:leaf_index, :position, :entry_id);

-- name: forget_pending
DELETE FROM pending WHERE leaf_index < :first_index;

-- name: add_pending
INSERT INTO pending (leaf_index, entry) VALUES (:leaf_index, :entry);

-- name: put_edge
INSERT INTO edge (level, hashes) VALUES (:level, :hashes) ON CONFLICT (level) DO UPDATE SET hashes = excluded.hashes;

-- name: put_signed
INSERT INTO signed (one, note) VALUES (1, :note) ON CONFLICT (one) DO UPDATE SET note = excluded.note;

-- name: last_leaf
SELECT leaf_index, position, entry_id FROM leaves ORDER BY leaf_index DESC LIMIT 1;

-- name: pending
SELECT entry FROM pending ORDER BY leaf_index;

-- name: edge
SELECT hashes FROM edge ORDER BY level;

-- name: signed
SELECT note FROM signed;

-- name: leaf_by_index
SELECT leaf_index, position, entry_id FROM leaves WHERE leaf_index = :value;

-- name: leaf_by_position
SELECT leaf_index, position, entry_id FROM leaves WHERE position = :value;

-- name: leaf_by_entry_id
SELECT leaf_index, position, entry_id FROM leaves WHERE entry_id = :value;

-- name: leaves_from
SELECT leaf_index, position, entry_id FROM leaves WHERE leaf_index >= :first_index ORDER BY leaf_index LIMIT :count;
