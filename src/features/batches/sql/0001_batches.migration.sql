-- What callers upload and what batches give out; the bytes themselves are sealed files of the node.
CREATE TABLE files (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  node TEXT NOT NULL,
  purpose TEXT NOT NULL,
  filename TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX files_by_scope ON files (scope, created_at);
CREATE INDEX files_by_expiry ON files (expires_at);
-- One row a batch. `record` is what its state is made of; the columns are for finding it and for who may.
CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  node TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX batches_by_scope ON batches (scope, created_at);
CREATE INDEX batches_by_node ON batches (node, status);
-- Lines of batches that have begun and are not yet in an output file: started, sent, done, failed. `sealed` holds the
-- result, or what is known of a line that a provider's batch will answer.
CREATE TABLE batch_lines (
  batch TEXT NOT NULL,
  line BIGINT NOT NULL,
  state TEXT NOT NULL,
  trace TEXT NOT NULL,
  cost BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (batch, line)
);
