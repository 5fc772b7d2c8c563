-- name: list_keys
SELECT id, name, digest, hint, use_case, team, user_name, group_names, environment, budget_nano, rpm, tpm, models,
       expires_at, created_at, created_by, revoked_at, revoked_by, concurrent, passthrough
FROM api_key ORDER BY created_at DESC, id DESC

-- name: insert_key
INSERT INTO api_key (id, name, digest, hint, use_case, team, user_name, group_names, environment, budget_nano, rpm, tpm,
                     models, expires_at, created_at, created_by, concurrent, passthrough, revoked_at, revoked_by)
VALUES (:id, :name, :digest, :hint, :use_case, :team, :user_name, :group_names, :environment, :budget_nano, :rpm, :tpm,
        :models, :expires_at, :created_at, :created_by, :concurrent, :passthrough, NULL, '')

-- name: revoke_key
UPDATE api_key SET revoked_at = :revoked_at, revoked_by = :revoked_by WHERE id = :id AND revoked_at IS NULL

-- name: replace_key_secret
UPDATE api_key SET digest = :digest, hint = :hint WHERE id = :id AND revoked_at IS NULL

-- name: list_users
SELECT id, name, role, group_names, team, is_disabled, created_at, password_hash FROM user_account ORDER BY name

-- name: find_user
SELECT id, name, role, group_names, team, is_disabled, created_at, password_hash FROM user_account WHERE name = :name

-- name: insert_user
INSERT INTO user_account (id, name, password_hash, role, group_names, team, is_disabled, created_at)
VALUES (:id, :name, :password_hash, :role, :group_names, :team, :is_disabled, :created_at)

-- name: update_user
UPDATE user_account SET role = :role, group_names = :group_names, team = :team, is_disabled = :is_disabled WHERE id = :id

-- name: set_password
UPDATE user_account SET password_hash = :password_hash WHERE id = :id

-- name: count_admins
SELECT COUNT(*) FROM user_account WHERE role = 'admin' AND is_disabled = 0

-- name: insert_session
INSERT INTO user_session (digest, user_id, created_at, seen_at, expires_at)
VALUES (:digest, :user_id, :created_at, :seen_at, :expires_at)

-- name: find_session
SELECT account.id, account.name, account.role, account.group_names, account.team, account.is_disabled,
       account.created_at, account.password_hash, session.seen_at, session.expires_at
FROM user_session AS session JOIN user_account AS account ON account.id = session.user_id
WHERE session.digest = :digest

-- name: touch_session
UPDATE user_session SET seen_at = :seen_at WHERE digest = :digest

-- name: remove_session
DELETE FROM user_session WHERE digest = :digest

-- name: remove_sessions_of_user
DELETE FROM user_session WHERE user_id = :user_id

-- name: remove_old_sessions
DELETE FROM user_session WHERE expires_at <= :now OR seen_at <= :idle_since

-- name: remove_setup_links
DELETE FROM setup_link

-- name: insert_setup_link
INSERT INTO setup_link (digest, expires_at) VALUES (:digest, :expires_at)

-- name: find_setup_link
SELECT expires_at FROM setup_link WHERE digest = :digest
