-- name: insert_response
INSERT INTO responses (id, scope, previous, status, node, created_at, sealed)
VALUES (:id, :scope, :previous, :status, :node, :created_at, :sealed);

-- name: find_response
SELECT previous, status, created_at, sealed FROM responses WHERE id = :id AND scope = :scope;

-- name: finish_response
UPDATE responses SET status = :status, sealed = :sealed
WHERE id = :id AND scope = :scope AND status IN ('queued', 'in_progress');

-- name: start_response
UPDATE responses SET status = 'in_progress' WHERE id = :id AND scope = :scope AND status = 'queued';

-- name: cancel_response
UPDATE responses SET status = 'cancelled' WHERE id = :id AND scope = :scope AND status IN ('queued', 'in_progress');

-- name: remove_response
DELETE FROM responses WHERE id = :id AND scope = :scope;

-- name: interrupt_responses
UPDATE responses SET status = 'interrupted' WHERE node = :node AND status IN ('queued', 'in_progress');

-- name: drop_responses
DELETE FROM responses WHERE created_at < :before;
