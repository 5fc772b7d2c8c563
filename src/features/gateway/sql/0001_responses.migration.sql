-- One row a kept response. `sealed` holds what was asked and answered, encrypted by the vault; the columns are for
-- finding it, for who may, and for dropping it.
CREATE TABLE responses (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  previous TEXT NOT NULL,
  status TEXT NOT NULL,
  node TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sealed TEXT NOT NULL
);
CREATE INDEX responses_by_time ON responses (created_at);
