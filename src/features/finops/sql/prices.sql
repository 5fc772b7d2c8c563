-- name: list_prices
SELECT id, vendor, model, valid_from, valid_until, body, source, source_time, imported
FROM price_row ORDER BY vendor, model, valid_from DESC, imported DESC

-- name: insert_price
INSERT INTO price_row (id, vendor, model, valid_from, valid_until, body, source, source_time, imported)
VALUES (:id, :vendor, :model, :valid_from, :valid_until, :body, :source, :source_time, :imported)

-- name: close_price
UPDATE price_row SET valid_until = :valid_until WHERE id = :id
