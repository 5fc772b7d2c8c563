-- What the semantic cache compared, and what it did by day. `space` says by what likeness was judged; `sealed` holds the
-- texts, encrypted by the vault, where they are kept at all.
CREATE TABLE semantic_sample (
  trace TEXT PRIMARY KEY,
  original TEXT NOT NULL,
  use_case TEXT NOT NULL,
  space TEXT NOT NULL,
  time_us BIGINT NOT NULL,
  likeness DOUBLE PRECISION NOT NULL,
  difference TEXT NOT NULL,
  would_serve BIGINT NOT NULL,
  says_same BIGINT NOT NULL,
  answer_likeness DOUBLE PRECISION NOT NULL,
  cost BIGINT NOT NULL,
  label BIGINT,
  labelled_by TEXT,
  sealed TEXT NOT NULL
);
CREATE INDEX semantic_sample_time ON semantic_sample (use_case, time_us);
CREATE TABLE semantic_day (
  use_case TEXT NOT NULL,
  space TEXT NOT NULL,
  day BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  served BIGINT NOT NULL,
  saved BIGINT NOT NULL,
  embeddings BIGINT NOT NULL,
  embeddings_failed BIGINT NOT NULL,
  embedding_cost BIGINT NOT NULL,
  PRIMARY KEY (use_case, space, day)
);
