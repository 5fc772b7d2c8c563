CREATE TABLE user_account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  group_names TEXT NOT NULL,
  team TEXT NOT NULL,
  is_disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE user_session (
  digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user_account (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX user_session_user ON user_session (user_id);
CREATE TABLE setup_link (
  digest TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  use_case TEXT NOT NULL,
  team TEXT NOT NULL,
  user_name TEXT NOT NULL,
  group_names TEXT NOT NULL,
  environment TEXT NOT NULL,
  budget_nano BIGINT,
  rpm BIGINT,
  tpm BIGINT,
  models TEXT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  revoked_at BIGINT,
  revoked_by TEXT NOT NULL
);
CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_at IS NULL
