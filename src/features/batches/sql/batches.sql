-- name: insert_batch
INSERT INTO batches (id, scope, node, status, created_at, record)
VALUES (:id, :scope, :node, :status, :created_at, :record);

-- name: update_batch
UPDATE batches SET status = :status, record = :record WHERE id = :id;

-- name: find_batch
SELECT record FROM batches WHERE id = :id AND (:scope = '' OR scope = :own_scope);

-- name: list_batches
SELECT record FROM batches
WHERE (:scope = '' OR scope = :own_scope) AND created_at <= :before
ORDER BY created_at DESC, id DESC LIMIT :count;

-- name: unfinished_batches
SELECT record FROM batches
WHERE node = :node AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling')
ORDER BY created_at, id;

-- name: drop_batches
DELETE FROM batches
WHERE created_at < :before AND status IN ('failed', 'completed', 'expired', 'cancelled');

-- name: start_line
INSERT INTO batch_lines (batch, line, state, trace, cost, sealed) VALUES (:batch, :line, 'started', :trace, 0, '');

-- name: send_line
INSERT INTO batch_lines (batch, line, state, trace, cost, sealed) VALUES (:batch, :line, 'sent', :trace, 0, :sealed);

-- name: finish_line
UPDATE batch_lines SET state = :state, cost = :cost, sealed = :sealed
WHERE batch = :batch AND line = :line AND state IN ('started', 'sent');

-- name: forget_line
DELETE FROM batch_lines WHERE batch = :batch AND line = :line AND state IN ('started', 'sent');

-- name: list_lines
SELECT line, state, trace, cost, sealed FROM batch_lines
WHERE batch = :batch AND line > :after ORDER BY line LIMIT :count;

-- name: line_states
SELECT line, state, trace, cost FROM batch_lines WHERE batch = :batch;

-- name: forget_lines
DELETE FROM batch_lines WHERE batch = :batch;
