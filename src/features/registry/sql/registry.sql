-- name: insert_artifact
INSERT INTO registry_artifact (digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at)
SELECT :digest, :content_digest, :kind, :name, COALESCE(MAX(version), 0) + 1, :size_bytes, :metadata, :created_by,
       :created_at
FROM registry_artifact WHERE kind = :kind AND name = :name
-- postgres: insert_artifact
INSERT INTO registry_artifact (digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at)
SELECT CAST(:digest AS TEXT), CAST(:content_digest AS TEXT), CAST(:kind AS TEXT), CAST(:name AS TEXT),
       COALESCE(MAX(version), 0) + 1, CAST(:size_bytes AS BIGINT), CAST(:metadata AS TEXT), CAST(:created_by AS TEXT),
       CAST(:created_at AS BIGINT)
FROM registry_artifact WHERE kind = :kind AND name = :name

-- name: insert_parent
INSERT INTO registry_parent (child, parent) VALUES (:child, :parent)

-- name: load_artifact
SELECT digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at
FROM registry_artifact WHERE digest = :digest

-- name: load_parents
SELECT parent FROM registry_parent WHERE child = :child ORDER BY parent

-- name: find_newest
SELECT digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at
FROM registry_artifact WHERE kind = :kind AND name = :name ORDER BY version DESC LIMIT 1

-- name: find_version
SELECT digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at
FROM registry_artifact WHERE kind = :kind AND name = :name AND version = :version

-- name: find_by_range
SELECT digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at
FROM registry_artifact WHERE digest >= :first AND digest <= :last ORDER BY digest LIMIT 2

-- name: list_artifacts
SELECT digest, content_digest, kind, name, version, size_bytes, metadata, created_by, created_at
FROM registry_artifact
WHERE (created_at < :time OR (created_at = :time AND digest < :digest))
  AND (:kind = '' OR kind = :kind)
  AND (:name = '' OR name = :name)
ORDER BY created_at DESC, digest DESC LIMIT :limit

-- Artifacts cannot form a circle: a parent exists before its child and its digest is part of the child's.
-- name: ancestors
WITH RECURSIVE walk (digest, depth) AS (
  SELECT parent, 1 FROM registry_parent WHERE child = :digest
  UNION
  SELECT p.parent, w.depth + 1 FROM registry_parent p JOIN walk w ON p.child = w.digest
)
SELECT a.digest, a.content_digest, a.kind, a.name, a.version, a.size_bytes, a.metadata, a.created_by, a.created_at,
       n.depth
FROM (SELECT digest, MIN(depth) AS depth FROM walk GROUP BY digest) n
JOIN registry_artifact a ON a.digest = n.digest
ORDER BY n.depth, a.kind, a.name, a.version, a.digest LIMIT :limit

-- name: descendants
WITH RECURSIVE walk (digest, depth) AS (
  SELECT child, 1 FROM registry_parent WHERE parent = :digest
  UNION
  SELECT p.child, w.depth + 1 FROM registry_parent p JOIN walk w ON p.parent = w.digest
)
SELECT a.digest, a.content_digest, a.kind, a.name, a.version, a.size_bytes, a.metadata, a.created_by, a.created_at,
       n.depth
FROM (SELECT digest, MIN(depth) AS depth FROM walk GROUP BY digest) n
JOIN registry_artifact a ON a.digest = n.digest
ORDER BY n.depth, a.kind, a.name, a.version, a.digest LIMIT :limit
