#include "features/evaluation/report_store.hpp"

#include <algorithm>

#include "features/evaluation/evaluation_sql.hpp"

namespace millwright::evaluation {
namespace {

constexpr std::size_t listed_max = 200;

Result<Report> read(const std::string& text) {
  auto object = parse_json_object(text);
  if (!object) return fail(ErrorCode::Corrupt, "a stored report cannot be read: {}", object.error().message);
  return parse_report(*object);
}

}  // namespace

Result<void> ReportStore::insert(const Report& report, const Suite& suite) {
  store::Values row{report.id.text(),           report.use_case,
                    report.suite,               report.release,
                    report.suite_digest.text(), std::string(verdict_name(report.verdict)),
                    to_micros(report.started),  json::serialize(to_json(report))};
  store::Values made_with{suite.digest.text(), suite.name, suite.text};
  return writer_.run([row = std::move(row), made_with = std::move(made_with)](store::Session& session) -> Result<void> {
    auto put = session.execute(sql::put_suite, made_with);
    if (!put) return pass(put);
    auto inserted = session.execute(sql::insert_report, row);
    if (!inserted) return pass(inserted);
    return {};
  });
}

Result<Report> ReportStore::load(Id id) const {
  auto rows = database_.select(sql::find_report, {id.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "there is no evaluation report {}", id.text());
  return read(rows->front().text(0));
}

Result<std::vector<Report>> ReportStore::list(std::string_view use_case, std::size_t limit) const {
  const auto count = static_cast<std::int64_t>(std::min(limit, listed_max));
  auto rows = database_.select(sql::list_reports, {std::string(use_case), count});
  if (!rows) return pass(rows);
  std::vector<Report> reports;
  for (const store::Row& row : *rows) {
    auto report = read(row.text(0));
    if (!report) return pass(report);
    reports.push_back(std::move(*report));
  }
  return reports;
}

}  // namespace millwright::evaluation
