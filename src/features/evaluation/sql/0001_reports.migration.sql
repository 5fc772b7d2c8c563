-- One row a run; the whole report as JSON, the columns are for finding it.
CREATE TABLE evaluation_reports (
  id TEXT PRIMARY KEY,
  use_case TEXT NOT NULL,
  suite TEXT NOT NULL,
  release_id TEXT NOT NULL,
  suite_digest TEXT NOT NULL,
  verdict TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  report TEXT NOT NULL
);
CREATE INDEX evaluation_reports_by_use_case ON evaluation_reports (use_case, started_at);
-- The text of every suite that was ever run, so that a run can be repeated.
CREATE TABLE evaluation_suites (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  text TEXT NOT NULL
);
