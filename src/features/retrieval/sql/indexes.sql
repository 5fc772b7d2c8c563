-- name: put_index_version
INSERT INTO index_versions (digest, name, dataset_version, artifact, words, built_at, documents, chunks, bytes)
VALUES (:digest, :name, :dataset_version, :artifact, :words, :built_at, :documents, :chunks, :bytes)
ON CONFLICT (digest) DO UPDATE SET built_at = excluded.built_at, documents = excluded.documents,
  chunks = excluded.chunks, bytes = excluded.bytes;

-- name: list_index_versions
SELECT digest, name, dataset_version, artifact, words, built_at, documents, chunks, bytes
FROM index_versions ORDER BY built_at, digest;

-- name: put_index_live
INSERT INTO index_live (name, digest, changed_at, changed_by)
VALUES (:name, :digest, :changed_at, :changed_by)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, changed_at = excluded.changed_at,
  changed_by = excluded.changed_by;

-- name: list_index_live
SELECT name, digest FROM index_live;
