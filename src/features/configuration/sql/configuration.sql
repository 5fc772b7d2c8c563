-- name: list_console_objects
SELECT id, yaml FROM config_object ORDER BY id

-- name: put_console_object
INSERT INTO config_object (id, yaml, updated_at, updated_by) VALUES (:id, :yaml, :updated_at, :updated_by)
ON CONFLICT (id) DO UPDATE SET yaml = excluded.yaml, updated_at = excluded.updated_at, updated_by = excluded.updated_by

-- name: remove_console_object
DELETE FROM config_object WHERE id = :id

-- name: find_last_revision
SELECT number, created_at, author, reason, action, digest, summary FROM config_revision ORDER BY number DESC LIMIT 1

-- name: list_revisions
SELECT number, created_at, author, reason, action, digest, summary FROM config_revision
WHERE number < :before ORDER BY number DESC LIMIT :count

-- name: find_revision
SELECT number, created_at, author, reason, action, digest, summary FROM config_revision WHERE number = :number

-- name: insert_revision
INSERT INTO config_revision (number, created_at, author, reason, action, digest, summary)
VALUES (:number, :created_at, :author, :reason, :action, :digest, :summary)

-- name: put_text
INSERT INTO config_text (digest, body) VALUES (:digest, :body) ON CONFLICT (digest) DO NOTHING

-- name: insert_part
INSERT INTO config_revision_part (revision, kind, name, text_digest) VALUES (:revision, :kind, :name, :text_digest)

-- name: list_parts
SELECT part.kind, part.name, body.body FROM config_revision_part AS part
JOIN config_text AS body ON body.digest = part.text_digest WHERE part.revision = :revision ORDER BY part.kind, part.name
