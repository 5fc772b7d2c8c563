-- Signatures that find copies, and the versions of datasets.
CREATE TABLE curation_signatures (
  document TEXT NOT NULL PRIMARY KEY,
  text_digest TEXT NOT NULL
);
CREATE INDEX curation_signatures_text ON curation_signatures (text_digest);
CREATE TABLE curation_bands (
  band_key BIGINT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (band_key, document)
);
CREATE INDEX curation_bands_document ON curation_bands (document);
CREATE TABLE curation_versions (
  dataset TEXT NOT NULL,
  version BIGINT NOT NULL,
  digest TEXT NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  created BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  decided BIGINT NOT NULL,
  documents BIGINT NOT NULL,
  added BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  change_log TEXT NOT NULL,
  request TEXT NOT NULL,
  PRIMARY KEY (dataset, version)
);
