-- name: upsert_sync
INSERT INTO ingestion_syncs (id, source, started, finished, is_full, listed, counts, error)
VALUES (:id, :source, :started, :finished, :is_full, :listed, :counts, :error)
ON CONFLICT (id) DO UPDATE SET finished = excluded.finished, listed = excluded.listed, counts = excluded.counts,
  error = excluded.error;

-- name: unfinished_sync
SELECT id, started, is_full FROM ingestion_syncs WHERE source = :source AND finished = 0 ORDER BY id DESC LIMIT 1;

-- name: list_syncs
SELECT id, source, started, finished, listed, counts, error FROM ingestion_syncs
WHERE (:source = '' OR source = :source) ORDER BY id DESC LIMIT :limit;

-- name: upsert_line
INSERT INTO ingestion_lines (sync, path, document, verdict, reason) VALUES (:sync, :path, :document, :verdict, :reason)
ON CONFLICT (sync, path) DO UPDATE SET document = excluded.document, verdict = excluded.verdict,
  reason = excluded.reason;

-- name: delete_line
DELETE FROM ingestion_lines WHERE sync = :sync AND path = :path;

-- name: list_lines
SELECT path, document, verdict, reason FROM ingestion_lines WHERE sync = :sync ORDER BY path;

-- name: count_lines
SELECT verdict, COUNT(*) FROM ingestion_lines WHERE sync = :sync GROUP BY verdict;

-- name: old_syncs
SELECT id FROM ingestion_syncs WHERE source = :source ORDER BY id DESC LIMIT 1000 OFFSET :kept;

-- name: delete_lines
DELETE FROM ingestion_lines WHERE sync = :sync;

-- name: delete_sync
DELETE FROM ingestion_syncs WHERE id = :sync;
