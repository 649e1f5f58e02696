-- The schemas of projection versions and the pointer to the live one.
-- {pointer} is the schema of the pointer, {schema} that of one version: identifiers cannot be parameters.

-- name: create_pointer_schema
-- Where the pointer lives.
CREATE SCHEMA IF NOT EXISTS {pointer};

-- name: create_pointer
-- At most one row: the live version.
CREATE TABLE IF NOT EXISTS {pointer}.live (single boolean PRIMARY KEY CHECK (single), version bigint NOT NULL);

-- name: live
-- The live version.
SELECT version FROM {pointer}.live;

-- name: point_to
-- Make a version the live one.
INSERT INTO {pointer}.live (single, version) VALUES (true, %(version)s)
ON CONFLICT (single) DO UPDATE SET version = excluded.version;

-- name: schemas
-- The schemas whose names begin so.
SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %(beginning)s);

-- name: make_version
-- A schema for a new version.
CREATE SCHEMA IF NOT EXISTS {schema};

-- name: drop_version
-- Remove a version and everything in it.
DROP SCHEMA IF EXISTS {schema} CASCADE;
