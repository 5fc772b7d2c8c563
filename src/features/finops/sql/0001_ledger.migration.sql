-- Names are stored once and referred to by number, so that a row stays narrow.
CREATE TABLE ledger_name (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE ledger (
  trace_high BIGINT NOT NULL,
  trace_low BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  time BIGINT NOT NULL,
  use_case BIGINT NOT NULL,
  team BIGINT NOT NULL,
  person BIGINT NOT NULL,
  api_key BIGINT NOT NULL,
  environment BIGINT NOT NULL,
  model BIGINT NOT NULL,
  provider BIGINT NOT NULL,
  release_name BIGINT NOT NULL,
  surface BIGINT NOT NULL,
  price_version BIGINT NOT NULL,
  status BIGINT NOT NULL,
  http_status BIGINT NOT NULL,
  flags BIGINT NOT NULL,
  input BIGINT NOT NULL,
  cache_read BIGINT NOT NULL,
  cache_write BIGINT NOT NULL,
  output BIGINT NOT NULL,
  reasoning BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  saved BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  first_token_us BIGINT NOT NULL,
  provider_request TEXT NOT NULL,
  PRIMARY KEY (trace_high, trace_low, attempt)
) WITHOUT ROWID;
CREATE TABLE spend_hour (
  scope TEXT NOT NULL,
  hour BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  PRIMARY KEY (scope, hour)
) WITHOUT ROWID;
-- postgres:
CREATE TABLE ledger_name (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE ledger (
  trace_high BIGINT NOT NULL,
  trace_low BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  time BIGINT NOT NULL,
  use_case BIGINT NOT NULL,
  team BIGINT NOT NULL,
  person BIGINT NOT NULL,
  api_key BIGINT NOT NULL,
  environment BIGINT NOT NULL,
  model BIGINT NOT NULL,
  provider BIGINT NOT NULL,
  release_name BIGINT NOT NULL,
  surface BIGINT NOT NULL,
  price_version BIGINT NOT NULL,
  status BIGINT NOT NULL,
  http_status BIGINT NOT NULL,
  flags BIGINT NOT NULL,
  input BIGINT NOT NULL,
  cache_read BIGINT NOT NULL,
  cache_write BIGINT NOT NULL,
  output BIGINT NOT NULL,
  reasoning BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  saved BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  first_token_us BIGINT NOT NULL,
  provider_request TEXT NOT NULL,
  PRIMARY KEY (trace_high, trace_low, attempt)
);
CREATE TABLE spend_hour (
  scope TEXT NOT NULL,
  hour BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  PRIMARY KEY (scope, hour)
);
