-- Traces by segment, outcomes, feedback, alerts.
CREATE TABLE telemetry_segment (
  id TEXT PRIMARY KEY,
  first_trace TEXT NOT NULL,
  last_trace TEXT NOT NULL,
  ended_us BIGINT NOT NULL,
  traces BIGINT NOT NULL,
  lines TEXT NOT NULL
);
CREATE INDEX telemetry_segment_range ON telemetry_segment (last_trace, first_trace);
CREATE INDEX telemetry_segment_ended ON telemetry_segment (ended_us);
CREATE TABLE telemetry_outcome (
  id TEXT PRIMARY KEY,
  time_us BIGINT NOT NULL,
  trace TEXT NOT NULL,
  use_case TEXT NOT NULL,
  name TEXT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  worth BIGINT NOT NULL,
  source TEXT NOT NULL,
  UNIQUE (trace, name)
);
CREATE INDEX telemetry_outcome_time ON telemetry_outcome (time_us);
CREATE TABLE telemetry_feedback (
  trace TEXT NOT NULL,
  author TEXT NOT NULL,
  time_us BIGINT NOT NULL,
  use_case TEXT NOT NULL,
  score BIGINT NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (trace, author)
);
CREATE INDEX telemetry_feedback_time ON telemetry_feedback (time_us);
CREATE TABLE telemetry_alert (
  id TEXT PRIMARY KEY,
  alert_key TEXT NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  why TEXT NOT NULL,
  object TEXT NOT NULL,
  raised_us BIGINT NOT NULL,
  acknowledged_us BIGINT,
  acknowledged_by TEXT,
  closed_us BIGINT
);
CREATE UNIQUE INDEX telemetry_alert_open ON telemetry_alert (alert_key) WHERE closed_us IS NULL;
CREATE INDEX telemetry_alert_raised ON telemetry_alert (raised_us);
