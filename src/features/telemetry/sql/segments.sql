-- name: insert_segment
INSERT INTO telemetry_segment (id, first_trace, last_trace, ended_us, traces, lines)
VALUES (:id, :first_trace, :last_trace, :ended_us, :traces, :lines);

-- name: segments_around
SELECT id FROM telemetry_segment WHERE last_trace >= :not_before AND first_trace <= :not_after ORDER BY last_trace LIMIT 500;

-- name: segment_lines
SELECT lines FROM telemetry_segment WHERE id = :id;

-- name: count_old_traces
SELECT COALESCE(SUM(traces), 0) FROM telemetry_segment WHERE ended_us < :before_us;

-- name: delete_old_segments
DELETE FROM telemetry_segment WHERE ended_us < :before_us;
