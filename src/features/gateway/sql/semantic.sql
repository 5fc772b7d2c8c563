-- name: insert_semantic_sample
INSERT INTO semantic_sample (trace, original, use_case, space, time_us, likeness, difference, would_serve, says_same,
  answer_likeness, cost, sealed)
VALUES (:trace, :original, :use_case, :space, :time_us, :likeness, :difference, :would_serve, :says_same,
  :answer_likeness, :cost, :sealed)
ON CONFLICT (trace) DO NOTHING;

-- name: add_semantic_day
INSERT INTO semantic_day (use_case, space, day, asked, served, saved, embeddings, embeddings_failed, embedding_cost)
VALUES (:use_case, :space, :day, :asked, :served, :saved, :embeddings, :embeddings_failed, :embedding_cost)
ON CONFLICT (use_case, space, day) DO UPDATE SET asked = semantic_day.asked + excluded.asked,
  served = semantic_day.served + excluded.served, saved = semantic_day.saved + excluded.saved,
  embeddings = semantic_day.embeddings + excluded.embeddings,
  embeddings_failed = semantic_day.embeddings_failed + excluded.embeddings_failed,
  embedding_cost = semantic_day.embedding_cost + excluded.embedding_cost;

-- name: semantic_totals
SELECT use_case, space, SUM(asked), SUM(served), SUM(saved), SUM(embeddings), SUM(embeddings_failed),
  SUM(embedding_cost), MIN(day) FROM semantic_day
WHERE (use_case = :use_case OR :use_case = '') AND day >= :from_day AND day <= :to_day
GROUP BY use_case, space ORDER BY use_case, space;

-- name: list_semantic_samples
SELECT trace, original, use_case, space, time_us, likeness, difference, would_serve, says_same, answer_likeness, cost,
  label, labelled_by FROM semantic_sample
WHERE (use_case = :use_case OR :use_case = '') AND time_us >= :from_us AND time_us < :to_us
ORDER BY time_us DESC, trace DESC LIMIT :limit;

-- name: find_semantic_sample
SELECT trace, original, use_case, space, time_us, likeness, difference, would_serve, says_same, answer_likeness, cost,
  label, labelled_by, sealed FROM semantic_sample WHERE trace = :trace;

-- name: label_semantic_sample
UPDATE semantic_sample SET label = :label, labelled_by = :labelled_by WHERE trace = :trace;

-- name: drop_semantic_samples
DELETE FROM semantic_sample WHERE time_us < :before_us;

-- name: drop_semantic_days
DELETE FROM semantic_day WHERE day < :before_day;

-- name: semantic_use_cases
SELECT DISTINCT use_case FROM semantic_sample;

-- name: drop_semantic_surplus
DELETE FROM semantic_sample WHERE use_case = :use_case AND time_us < (
  SELECT time_us FROM semantic_sample WHERE use_case = :use_case ORDER BY time_us DESC LIMIT 1 OFFSET :kept);
