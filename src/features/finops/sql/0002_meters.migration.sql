-- NULL where a call has none, so that a row grows by its header alone.
ALTER TABLE ledger ADD COLUMN cache_write_1h BIGINT;
ALTER TABLE ledger ADD COLUMN audio_in BIGINT;
ALTER TABLE ledger ADD COLUMN audio_out BIGINT;
ALTER TABLE ledger ADD COLUMN image_in BIGINT;
ALTER TABLE ledger ADD COLUMN image_out BIGINT;
ALTER TABLE ledger ADD COLUMN tool_requests BIGINT;
ALTER TABLE ledger ADD COLUMN service_tier BIGINT;
ALTER TABLE ledger ADD COLUMN original_cost BIGINT;
CREATE TABLE price_row (
  id TEXT PRIMARY KEY,
  vendor TEXT NOT NULL,
  model TEXT NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  source_time BIGINT NOT NULL,
  imported BIGINT NOT NULL
);
CREATE INDEX price_row_model ON price_row (vendor, model);
