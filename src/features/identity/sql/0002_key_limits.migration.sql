ALTER TABLE api_key ADD COLUMN concurrent BIGINT;
ALTER TABLE api_key ADD COLUMN passthrough TEXT
