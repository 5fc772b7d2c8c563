-- Rows of documents; the order of columns is that of document_store.cpp.
-- name: upsert_document
INSERT INTO ingestion_documents (id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language,
  parser, modified, landed, acl, data_class, tags, uses, verdict, reason, superseded_by, change_token, identity,
  settings, decision, sync)
VALUES (:id, :source, :path, :uri, :version, :raw, :parsed, :text_digest, :bytes, :title, :language,
  :parser, :modified, :landed, :acl, :data_class, :tags, :uses, :verdict, :reason, :superseded_by, :change_token,
  :identity, :settings, :decision, :sync)
ON CONFLICT (id) DO UPDATE SET source = excluded.source, path = excluded.path, uri = excluded.uri,
  version = excluded.version, raw = excluded.raw, parsed = excluded.parsed, text_digest = excluded.text_digest,
  bytes = excluded.bytes, title = excluded.title, language = excluded.language, parser = excluded.parser,
  modified = excluded.modified, landed = excluded.landed, acl = excluded.acl, data_class = excluded.data_class,
  tags = excluded.tags, uses = excluded.uses, verdict = excluded.verdict, reason = excluded.reason,
  superseded_by = excluded.superseded_by, change_token = excluded.change_token, identity = excluded.identity,
  settings = excluded.settings, decision = excluded.decision, sync = excluded.sync;

-- name: load_document
SELECT id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language, parser, modified, landed, acl,
  data_class, tags, uses, verdict, reason, superseded_by, change_token, identity, settings, decision, sync
FROM ingestion_documents WHERE id = :id;

-- name: documents_of_source
SELECT id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language, parser, modified, landed, acl,
  data_class, tags, uses, verdict, reason, superseded_by, change_token, identity, settings, decision, sync
FROM ingestion_documents WHERE source = :source AND id > :after ORDER BY id LIMIT :limit;

-- name: documents_superseded_by
SELECT id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language, parser, modified, landed, acl,
  data_class, tags, uses, verdict, reason, superseded_by, change_token, identity, settings, decision, sync
FROM ingestion_documents WHERE superseded_by = :document AND verdict IN ('duplicate', 'stale');

-- name: find_documents
SELECT id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language, parser, modified, landed, acl,
  data_class, tags, uses, verdict, reason, superseded_by, change_token, identity, settings, decision, sync
FROM ingestion_documents
WHERE id > :after AND (:source = '' OR source = :source) AND (:verdict = '' OR verdict = :verdict)
  AND (:tag = '' OR instr(tags, :tag) > 0)
  AND (:text = '' OR instr(lower(title || ' ' || path), :text) > 0)
ORDER BY id LIMIT :limit;
-- postgres: find_documents
SELECT id, source, path, uri, version, raw, parsed, text_digest, bytes, title, language, parser, modified, landed, acl,
  data_class, tags, uses, verdict, reason, superseded_by, change_token, identity, settings, decision, sync
FROM ingestion_documents
WHERE id > :after AND (:source = '' OR source = :source) AND (:verdict = '' OR verdict = :verdict)
  AND (:tag = '' OR strpos(tags, :tag) > 0)
  AND (:text = '' OR strpos(lower(title || ' ' || path), :text) > 0)
ORDER BY id LIMIT :limit;

-- name: revise_document
UPDATE ingestion_documents SET verdict = :verdict, reason = :reason, superseded_by = :superseded_by WHERE id = :id;

-- name: set_acl
UPDATE ingestion_documents SET acl = :acl WHERE id = :id;

-- name: delete_document
DELETE FROM ingestion_documents WHERE id = :id;

-- name: insert_version
INSERT INTO ingestion_versions (document, version, raw, parsed, bytes, modified, landed, sync)
VALUES (:document, :version, :raw, :parsed, :bytes, :modified, :landed, :sync)
ON CONFLICT (document, version) DO UPDATE SET raw = excluded.raw, parsed = excluded.parsed, bytes = excluded.bytes,
  modified = excluded.modified, landed = excluded.landed, sync = excluded.sync;

-- name: versions_of_document
SELECT version, raw, parsed, bytes, modified, landed, sync FROM ingestion_versions
WHERE document = :document ORDER BY version;

-- name: delete_versions
DELETE FROM ingestion_versions WHERE document = :document;

-- name: delete_version
DELETE FROM ingestion_versions WHERE document = :document AND version = :version;

-- name: clear_deleted_content
UPDATE ingestion_documents SET raw = '', parsed = '', text_digest = '', title = ''
WHERE id = :id AND version = :version AND verdict = 'deleted';

-- name: lapsed_versions
SELECT v.document, v.version, v.raw, v.parsed FROM ingestion_versions v
JOIN ingestion_documents d ON d.id = v.document
WHERE d.source = :source AND v.landed < :before AND (d.version > v.version OR d.verdict = 'deleted')
ORDER BY v.document, v.version LIMIT :limit;

-- name: count_blob_users
SELECT (SELECT COUNT(*) FROM ingestion_documents WHERE raw = :digest OR parsed = :digest)
  + (SELECT COUNT(*) FROM ingestion_versions WHERE raw = :digest OR parsed = :digest);

-- name: insert_erased
INSERT INTO ingestion_erased (document, source, path, raw, erased, actor)
VALUES (:document, :source, :path, :raw, :erased, :actor)
ON CONFLICT (document) DO NOTHING;

-- name: erased_of_source
SELECT path, raw FROM ingestion_erased WHERE source = :source;
