-- name: insert_release
INSERT INTO releases (id, use_case, number, state, parts, evaluation, bundle, author, signer, note, block_reason,
  canary_basis_points, predecessor, created_at, changed_at)
VALUES (:id, :use_case, :number, :state, :parts, :evaluation, :bundle, :author, :signer, :note, :block_reason,
  :canary_basis_points, :predecessor, :created_at, :changed_at);

-- name: update_release
UPDATE releases SET state = :state, evaluation = :evaluation, bundle = :bundle, signer = :signer,
  block_reason = :block_reason, canary_basis_points = :canary_basis_points, predecessor = :predecessor,
  changed_at = :changed_at
WHERE id = :id;

-- name: find_release
SELECT id, use_case, number, state, parts, evaluation, bundle, author, signer, note, block_reason,
  canary_basis_points, predecessor, created_at, changed_at
FROM releases WHERE id = :id;

-- name: list_releases
SELECT id, use_case, number, state, parts, evaluation, bundle, author, signer, note, block_reason,
  canary_basis_points, predecessor, created_at, changed_at
FROM releases WHERE use_case = :use_case ORDER BY number DESC LIMIT 200;

-- name: list_serving_releases
SELECT id, use_case, number, state, parts, evaluation, bundle, author, signer, note, block_reason,
  canary_basis_points, predecessor, created_at, changed_at
FROM releases WHERE state IN ('live', 'canary') ORDER BY use_case, number;

-- name: last_release_number
SELECT COALESCE(MAX(number), 0) FROM releases WHERE use_case = :use_case;
