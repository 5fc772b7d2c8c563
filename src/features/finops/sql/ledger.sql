-- name: insert_ledger_row
INSERT INTO ledger (trace_high, trace_low, attempt, time, use_case, team, person, api_key, environment, model, provider,
  release_name, surface, price_version, status, http_status, flags, input, cache_read, cache_write, output, reasoning,
  cost, saved, duration_us, first_token_us, provider_request, cache_write_1h, audio_in, audio_out, image_in, image_out,
  tool_requests, service_tier)
VALUES (:trace_high, :trace_low, :attempt, :time, :use_case, :team, :person, :api_key, :environment, :model, :provider,
  :release_name, :surface, :price_version, :status, :http_status, :flags, :input, :cache_read, :cache_write, :output,
  :reasoning, :cost, :saved, :duration_us, :first_token_us, :provider_request, :cache_write_1h, :audio_in, :audio_out,
  :image_in, :image_out, :tool_requests, :service_tier)

-- name: count_ledger_row
SELECT COUNT(*) FROM ledger WHERE trace_high = :trace_high AND trace_low = :trace_low AND attempt = :attempt

-- name: add_spend
INSERT INTO spend_hour (scope, hour, cost) VALUES (:scope, :hour, :cost)
ON CONFLICT (scope, hour) DO UPDATE SET cost = spend_hour.cost + excluded.cost

-- name: sum_spend
SELECT COALESCE(SUM(cost), 0) FROM spend_hour WHERE scope = :scope AND hour >= :from_hour AND hour < :to_hour

-- name: list_names
SELECT id, name FROM ledger_name

-- name: insert_name
INSERT INTO ledger_name (id, name) VALUES (:id, :name) ON CONFLICT (id) DO NOTHING

-- name: page_rows
SELECT trace_high, trace_low, attempt, time, use_case, team, person, api_key, environment, model, provider,
  release_name, surface, price_version, status, http_status, flags, input, cache_read, cache_write, output, reasoning,
  cost, saved, duration_us, first_token_us, provider_request, cache_write_1h, audio_in, audio_out, image_in, image_out,
  tool_requests, service_tier, original_cost
FROM ledger
WHERE (trace_high < :before_high OR (trace_high = :before_high AND trace_low < :before_low)
    OR (trace_high = :before_high AND trace_low = :before_low AND attempt < :before_attempt))
  AND trace_high >= :from_high AND trace_high < :to_high
  AND (:any_use_case = 1 OR use_case = :use_case)
  AND (:any_team = 1 OR team = :team)
  AND (:any_person = 1 OR person = :person)
  AND (:any_model = 1 OR model = :model)
  AND (:any_status = 1 OR status = :status)
ORDER BY trace_high DESC, trace_low DESC, attempt DESC
LIMIT :row_limit

-- name: rows_of_trace
SELECT trace_high, trace_low, attempt, time, use_case, team, person, api_key, environment, model, provider,
  release_name, surface, price_version, status, http_status, flags, input, cache_read, cache_write, output, reasoning,
  cost, saved, duration_us, first_token_us, provider_request, cache_write_1h, audio_in, audio_out, image_in, image_out,
  tool_requests, service_tier, original_cost
FROM ledger WHERE trace_high = :trace_high AND trace_low = :trace_low ORDER BY attempt DESC

-- name: sum_ledger
SELECT use_case, team, person, api_key, environment, model, provider, release_name, time / 86400000000 AS day,
  COUNT(*), SUM(input), SUM(cache_read), SUM(cache_write), SUM(output), SUM(reasoning),
  SUM(cache_write_1h), SUM(audio_in), SUM(audio_out), SUM(image_in), SUM(image_out), SUM(tool_requests),
  SUM(cost), SUM(saved),
  SUM(CASE WHEN flags % 4 >= 2 THEN 1 ELSE 0 END), SUM(CASE WHEN flags % 2 = 1 THEN 1 ELSE 0 END)
FROM ledger
WHERE trace_high >= :from_high AND trace_high < :to_high AND time >= :from_time AND time < :to_time
GROUP BY use_case, team, person, api_key, environment, model, provider, release_name, time / 86400000000

-- name: sum_use
SELECT use_case, team, person, api_key, model, surface, SUM(CASE WHEN attempt = 0 THEN 1 ELSE 0 END), COUNT(*),
  SUM(input + cache_read + cache_write + output + reasoning + COALESCE(cache_write_1h, 0) + COALESCE(audio_in, 0)
    + COALESCE(audio_out, 0) + COALESCE(image_in, 0) + COALESCE(image_out, 0))
FROM ledger
WHERE trace_high >= :from_high AND time >= :from_time AND provider <> :nobody
  AND (status <> :refused OR input + cache_read + cache_write + output + reasoning + COALESCE(cache_write_1h, 0)
    + COALESCE(audio_in, 0) + COALESCE(audio_out, 0) + COALESCE(image_in, 0) + COALESCE(image_out, 0) > 0)
GROUP BY use_case, team, person, api_key, model, surface

-- name: rerate_page
SELECT trace_high, trace_low, attempt, time, use_case, team, person, api_key, environment, model, provider,
  release_name, surface, price_version, status, http_status, flags, input, cache_read, cache_write, output, reasoning,
  cost, saved, duration_us, first_token_us, provider_request, cache_write_1h, audio_in, audio_out, image_in, image_out,
  tool_requests, service_tier, original_cost
FROM ledger
WHERE trace_high >= :from_high AND trace_high < :to_high AND time >= :from_time AND time < :to_time
  AND (trace_high > :after_high OR (trace_high = :after_high AND (trace_low > :after_low
    OR (trace_low = :after_low AND attempt > :after_attempt))))
ORDER BY trace_high, trace_low, attempt
LIMIT :row_limit

-- name: rerate_row
UPDATE ledger SET original_cost = COALESCE(original_cost, cost), cost = :cost, price_version = :price_version,
  flags = :flags
WHERE trace_high = :trace_high AND trace_low = :trace_low AND attempt = :attempt
