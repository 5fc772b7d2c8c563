-- name: insert_request
INSERT INTO approval_request (id, kind, object, title, plan, requested_by, eyes, assignee, delegated_by, due, state,
                              decided_by, reason, created_at, decided_at)
VALUES (:id, :kind, :object, :title, :plan, :requested_by, :eyes, :assignee, '', :due, 'open', '', '', :created_at, NULL)

-- name: load_request
SELECT id, kind, object, title, plan, requested_by, eyes, assignee, delegated_by, due, state, decided_by, reason,
       created_at, decided_at
FROM approval_request WHERE id = :id

-- name: find_newest
SELECT id, kind, object, title, plan, requested_by, eyes, assignee, delegated_by, due, state, decided_by, reason,
       created_at, decided_at
FROM approval_request WHERE kind = :kind AND object = :object ORDER BY id DESC LIMIT 1

-- name: list_requests
SELECT id, kind, object, title, plan, requested_by, eyes, assignee, delegated_by, due, state, decided_by, reason,
       created_at, decided_at
FROM approval_request
WHERE (:before = '' OR id < :before)
  AND (:state = '' OR state = :state)
  AND (:kind = '' OR kind = :kind)
  AND (:object = '' OR object = :object)
  AND (:assignee = '' OR assignee = :assignee OR assignee = '')
  AND (:requested_by = '' OR requested_by = :requested_by)
ORDER BY id DESC LIMIT :limit

-- name: list_overdue
SELECT id FROM approval_request WHERE state = 'open' AND due <= :now ORDER BY id LIMIT 1000

-- name: count_open
SELECT COUNT(*) FROM approval_request WHERE state = 'open'

-- name: close_request
UPDATE approval_request SET state = :state, decided_by = :decided_by, reason = :reason, decided_at = :decided_at
WHERE id = :id AND state = 'open'

-- name: assign_request
UPDATE approval_request SET assignee = :assignee, delegated_by = :delegated_by WHERE id = :id AND state = 'open'
