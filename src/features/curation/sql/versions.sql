-- name: insert_dataset_version
INSERT INTO curation_versions (dataset, version, digest, state, decided_by, reason, created, created_by, decided,
  documents, added, changed, removed, change_log, request)
VALUES (:dataset, :version, :digest, :state, :decided_by, :reason, :created, :created_by, :decided, :documents, :added,
  :changed, :removed, :change_log, :request);

-- name: set_dataset_request
UPDATE curation_versions SET request = :request WHERE dataset = :dataset AND version = :version;

-- name: decide_dataset_version
UPDATE curation_versions SET state = :state, decided_by = :decided_by, reason = :reason, decided = :decided
WHERE dataset = :dataset AND version = :version;

-- name: dataset_versions
SELECT dataset, version, digest, state, decided_by, created, decided, documents, added, changed, removed, change_log,
  request, created_by
FROM curation_versions WHERE dataset = :dataset ORDER BY version DESC;

-- name: dataset_version
SELECT dataset, version, digest, state, decided_by, created, decided, documents, added, changed, removed, change_log,
  request, created_by
FROM curation_versions WHERE dataset = :dataset AND version = :version;
