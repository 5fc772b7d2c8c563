-- Documents as landed, their versions, and the intake report of each sync.
CREATE TABLE ingestion_documents (
  id TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  uri TEXT NOT NULL,
  version BIGINT NOT NULL,
  raw TEXT NOT NULL,
  parsed TEXT NOT NULL,
  text_digest TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  title TEXT NOT NULL,
  language TEXT NOT NULL,
  parser TEXT NOT NULL,
  modified BIGINT NOT NULL,
  landed BIGINT NOT NULL,
  acl TEXT NOT NULL,
  data_class TEXT NOT NULL,
  tags TEXT NOT NULL,
  uses TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  superseded_by TEXT NOT NULL,
  change_token TEXT NOT NULL,
  identity TEXT NOT NULL,
  settings TEXT NOT NULL,
  decision TEXT NOT NULL,
  sync TEXT NOT NULL
);
CREATE UNIQUE INDEX ingestion_documents_path ON ingestion_documents (source, path);
CREATE INDEX ingestion_documents_superseded ON ingestion_documents (superseded_by);
CREATE INDEX ingestion_documents_raw ON ingestion_documents (raw);
CREATE INDEX ingestion_documents_parsed ON ingestion_documents (parsed);
CREATE TABLE ingestion_versions (
  document TEXT NOT NULL,
  version BIGINT NOT NULL,
  raw TEXT NOT NULL,
  parsed TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  landed BIGINT NOT NULL,
  sync TEXT NOT NULL,
  PRIMARY KEY (document, version)
);
CREATE INDEX ingestion_versions_raw ON ingestion_versions (raw);
CREATE INDEX ingestion_versions_parsed ON ingestion_versions (parsed);
CREATE TABLE ingestion_syncs (
  id TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  started BIGINT NOT NULL,
  finished BIGINT NOT NULL,
  is_full BIGINT NOT NULL,
  listed BIGINT NOT NULL,
  counts TEXT NOT NULL,
  error TEXT NOT NULL
);
CREATE INDEX ingestion_syncs_source ON ingestion_syncs (source, id);
CREATE TABLE ingestion_lines (
  sync TEXT NOT NULL,
  path TEXT NOT NULL,
  document TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (sync, path)
);
CREATE TABLE ingestion_erased (
  document TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  raw TEXT NOT NULL,
  erased BIGINT NOT NULL,
  actor TEXT NOT NULL
);
