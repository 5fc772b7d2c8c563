-- Releases and what became of them.
CREATE TABLE releases (
  id TEXT PRIMARY KEY,
  use_case TEXT NOT NULL,
  number BIGINT NOT NULL,
  state TEXT NOT NULL,
  parts TEXT NOT NULL,
  evaluation TEXT NOT NULL,
  bundle TEXT NOT NULL,
  author TEXT NOT NULL,
  signer TEXT NOT NULL,
  note TEXT NOT NULL,
  block_reason TEXT NOT NULL,
  canary_basis_points BIGINT NOT NULL,
  predecessor TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  UNIQUE (use_case, number)
);
