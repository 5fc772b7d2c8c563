-- name: insert_report
INSERT INTO evaluation_reports (id, use_case, suite, release_id, suite_digest, verdict, started_at, report)
VALUES (:id, :use_case, :suite, :release_id, :suite_digest, :verdict, :started_at, :report);

-- name: find_report
SELECT report FROM evaluation_reports WHERE id = :id;

-- name: list_reports
SELECT report FROM evaluation_reports WHERE use_case = :use_case ORDER BY started_at DESC, id DESC LIMIT :count;

-- name: put_suite
INSERT INTO evaluation_suites (digest, name, text) VALUES (:digest, :name, :text)
ON CONFLICT (digest) DO NOTHING;
