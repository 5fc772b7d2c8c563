CREATE TABLE approval_request (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  title TEXT NOT NULL,
  plan TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  eyes BIGINT NOT NULL,
  assignee TEXT NOT NULL,
  delegated_by TEXT NOT NULL,
  due BIGINT,
  state TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT
);
-- The same question is open once.
CREATE UNIQUE INDEX approval_request_open ON approval_request (kind, object) WHERE state = 'open';
CREATE INDEX approval_request_object ON approval_request (kind, object, id);
CREATE INDEX approval_request_state ON approval_request (state, id);
