-- name: upsert_feedback
INSERT INTO telemetry_feedback (trace, author, time_us, use_case, score, comment)
VALUES (:trace, :author, :time_us, :use_case, :score, :comment)
ON CONFLICT (trace, author) DO UPDATE SET time_us = excluded.time_us, score = excluded.score, comment = excluded.comment;

-- name: feedback_of_trace
SELECT author, time_us, score, comment FROM telemetry_feedback WHERE trace = :trace ORDER BY time_us, author;

-- name: feedback_totals
SELECT use_case, SUM(CASE WHEN score > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN score < 0 THEN 1 ELSE 0 END)
FROM telemetry_feedback WHERE time_us >= :from_us AND time_us < :to_us GROUP BY use_case ORDER BY use_case;

-- name: delete_old_feedback
DELETE FROM telemetry_feedback WHERE time_us < :before_us;
