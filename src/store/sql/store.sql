-- name: list_migrations
SELECT name, checksum FROM schema_migration ORDER BY name

-- name: insert_migration
INSERT INTO schema_migration (name, checksum, applied_at) VALUES (:name, :checksum, :applied_at)

-- SQLite's BEGIN IMMEDIATE already keeps others out.
-- name: lock_migrations
SELECT 1
-- postgres: lock_migrations
SELECT 1 FROM (SELECT pg_advisory_xact_lock(7736511)) AS locked

-- name: beat
INSERT INTO store_heartbeat (id, time) VALUES (1, :time) ON CONFLICT (id) DO UPDATE SET time = excluded.time

-- name: find_migration_table
SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'
-- postgres: find_migration_table
SELECT tablename FROM pg_catalog.pg_tables WHERE tablename = 'schema_migration' AND schemaname = ANY (current_schemas(false))
