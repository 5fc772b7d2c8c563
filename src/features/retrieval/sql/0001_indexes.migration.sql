-- Every version ever built, and which one serves.
CREATE TABLE index_versions (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  dataset_version TEXT NOT NULL,
  artifact TEXT NOT NULL,
  words BIGINT NOT NULL,
  built_at BIGINT NOT NULL,
  documents BIGINT NOT NULL,
  chunks BIGINT NOT NULL,
  bytes BIGINT NOT NULL
);
CREATE INDEX index_versions_by_name ON index_versions (name, built_at);
CREATE TABLE index_live (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL REFERENCES index_versions (digest),
  changed_at BIGINT NOT NULL,
  changed_by TEXT NOT NULL
);
