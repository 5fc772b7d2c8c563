-- name: insert_file
INSERT INTO files (id, scope, node, purpose, filename, bytes, created_at, expires_at)
VALUES (:id, :scope, :node, :purpose, :filename, :bytes, :created_at, :expires_at);

-- name: find_file
SELECT id, scope, purpose, filename, bytes, created_at, expires_at, node FROM files
WHERE id = :id AND (:scope = '' OR scope = :own_scope);

-- name: list_files
SELECT id, scope, purpose, filename, bytes, created_at, expires_at, node FROM files
WHERE scope = :scope AND (:any_purpose = '' OR purpose = :purpose) AND created_at <= :before
ORDER BY created_at DESC, id DESC LIMIT :count;

-- name: list_files_upwards
SELECT id, scope, purpose, filename, bytes, created_at, expires_at, node FROM files
WHERE scope = :scope AND (:any_purpose = '' OR purpose = :purpose) AND created_at >= :since
ORDER BY created_at, id LIMIT :count;

-- name: sum_files
SELECT COALESCE(SUM(bytes), 0) FROM files WHERE node = :node;

-- name: remove_file
DELETE FROM files WHERE id = :id;

-- name: expired_files
SELECT id FROM files WHERE node = :node AND expires_at < :now AND expires_at > 0 LIMIT 1000;

-- name: known_files
SELECT id FROM files WHERE node = :node;
