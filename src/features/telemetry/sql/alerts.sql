-- name: upsert_alert
INSERT INTO telemetry_alert (id, alert_key, severity, title, why, object, raised_us)
VALUES (:id, :alert_key, :severity, :title, :why, :object, :raised_us)
ON CONFLICT (alert_key) WHERE closed_us IS NULL
DO UPDATE SET severity = excluded.severity, title = excluded.title, why = excluded.why, object = excluded.object;

-- name: close_alert
UPDATE telemetry_alert SET closed_us = :closed_us WHERE alert_key = :alert_key AND closed_us IS NULL;

-- name: acknowledge_alert
UPDATE telemetry_alert SET acknowledged_us = :acknowledged_us, acknowledged_by = :acknowledged_by
WHERE id = :id AND acknowledged_us IS NULL;

-- name: alert_exists
SELECT id FROM telemetry_alert WHERE id = :id;

-- name: list_alerts
SELECT id, alert_key, severity, title, why, object, raised_us, acknowledged_us, closed_us FROM telemetry_alert
ORDER BY raised_us DESC, id DESC LIMIT :limit_count;

-- name: list_open_alerts
SELECT id, alert_key, severity, title, why, object, raised_us, acknowledged_us, closed_us FROM telemetry_alert
WHERE closed_us IS NULL ORDER BY raised_us DESC, id DESC LIMIT :limit_count;
