-- name: upsert_outcome
INSERT INTO telemetry_outcome (id, time_us, trace, use_case, name, value, worth, source)
VALUES (:id, :time_us, :trace, :use_case, :name, :value, :worth, :source)
ON CONFLICT (trace, name) DO UPDATE SET time_us = excluded.time_us, value = excluded.value, worth = excluded.worth,
  source = excluded.source;

-- name: outcome_totals
SELECT use_case, name, COUNT(*), SUM(value), SUM(worth) FROM telemetry_outcome
WHERE time_us >= :from_us AND time_us < :to_us GROUP BY use_case, name ORDER BY use_case, name;

-- name: outcomes_of_trace
SELECT id, time_us, use_case, name, value, worth, source FROM telemetry_outcome WHERE trace = :trace ORDER BY name;
