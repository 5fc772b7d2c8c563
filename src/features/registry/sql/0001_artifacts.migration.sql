CREATE TABLE registry_artifact (
  digest TEXT PRIMARY KEY,
  content_digest TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  metadata TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (kind, name, version)
);
CREATE INDEX registry_artifact_time ON registry_artifact (created_at, digest);
CREATE TABLE registry_parent (
  child TEXT NOT NULL REFERENCES registry_artifact (digest),
  parent TEXT NOT NULL REFERENCES registry_artifact (digest),
  PRIMARY KEY (child, parent)
);
CREATE INDEX registry_parent_up ON registry_parent (parent, child);
