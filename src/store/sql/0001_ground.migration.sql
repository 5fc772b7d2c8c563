-- The store's own tables: run at every start, so each statement must be harmless when repeated.
CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS store_heartbeat (id BIGINT PRIMARY KEY, time BIGINT NOT NULL);
