-- name: load_tree
SELECT size, peaks FROM audit_tree WHERE id = 1

-- Writers of several processes take turns.
-- name: lock_tree
SELECT size, peaks FROM audit_tree WHERE id = 1
-- postgres: lock_tree
SELECT size, peaks FROM audit_tree WHERE id = 1 FOR UPDATE

-- name: store_tree
UPDATE audit_tree SET size = :size, peaks = :peaks WHERE id = 1

-- name: insert_entry
INSERT INTO audit_entry (sequence, time, actor, action, object, detail, leaf)
VALUES (:sequence, :time, :actor, :action, :object, :detail, :leaf)

-- name: list_entries
SELECT sequence, time, actor, action, object, detail, leaf FROM audit_entry
WHERE sequence < :before AND time >= :since AND time < :until
  AND (:actor = '' OR actor = :actor)
  AND (:action = '' OR substr(action, 1, length(:action)) = :action)
  AND (:object = '' OR substr(object, 1, length(:object)) = :object)
ORDER BY sequence DESC LIMIT :limit

-- name: read_entries
SELECT sequence, time, actor, action, object, detail, leaf FROM audit_entry
WHERE sequence > :after ORDER BY sequence LIMIT :limit

-- name: insert_checkpoint
INSERT INTO audit_checkpoint (size, note) VALUES (:size, :note) ON CONFLICT (size) DO NOTHING

-- name: last_checkpoint
SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1

-- name: list_checkpoints
SELECT size, note FROM audit_checkpoint ORDER BY size
