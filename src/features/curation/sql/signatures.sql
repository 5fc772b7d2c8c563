-- name: upsert_signature
INSERT INTO curation_signatures (document, text_digest) VALUES (:document, :text_digest)
ON CONFLICT (document) DO UPDATE SET text_digest = excluded.text_digest;

-- name: delete_signature
DELETE FROM curation_signatures WHERE document = :document;

-- name: insert_band
INSERT INTO curation_bands (band_key, document) VALUES (:band_key, :document) ON CONFLICT (band_key, document) DO NOTHING;

-- name: delete_bands
DELETE FROM curation_bands WHERE document = :document;

-- name: documents_with_text
SELECT document FROM curation_signatures WHERE text_digest = :text_digest ORDER BY document LIMIT 100;

-- name: documents_in_bands
SELECT DISTINCT document FROM curation_bands WHERE band_key IN (:k0, :k1, :k2, :k3, :k4, :k5, :k6, :k7, :k8, :k9, :k10,
  :k11, :k12, :k13) ORDER BY document LIMIT 100;
