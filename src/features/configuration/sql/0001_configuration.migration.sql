CREATE TABLE config_object (
  id TEXT PRIMARY KEY,
  yaml TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL
);
CREATE TABLE config_revision (
  number BIGINT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL,
  action TEXT NOT NULL,
  digest TEXT NOT NULL,
  summary TEXT NOT NULL
);
CREATE TABLE config_text (
  digest TEXT PRIMARY KEY,
  body TEXT NOT NULL
);
CREATE TABLE config_revision_part (
  revision BIGINT NOT NULL REFERENCES config_revision (number),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  text_digest TEXT NOT NULL REFERENCES config_text (digest),
  PRIMARY KEY (revision, kind, name)
);
