#include "features/ingestion/sync_store.hpp"

#include "base/json.hpp"
#include "features/ingestion/ingestion_sql.hpp"

namespace millwright::ingestion {

namespace {

std::string render_counts(const std::map<std::string, std::int64_t>& counts) {
  json::object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return json::serialize(out);
}

std::map<std::string, std::int64_t> parse_counts(std::string_view text) {
  std::map<std::string, std::int64_t> out;
  const auto object = parse_json_object(text);
  if (!object) return out;
  for (const auto& member : *object) {
    if (const auto* count = member.value().if_int64()) out[std::string(member.key())] = *count;
  }
  return out;
}

}  // namespace

Result<std::optional<OpenSync>> find_open_sync(store::Database& database, std::string_view source) {
  auto rows = database.select(sql::unfinished_sync, {std::string(source)});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::optional<OpenSync>();
  const store::Row& row = rows->front();
  auto id = Id::parse(row.text(0));
  if (!id) return pass(id);
  return OpenSync{*id, row.time(1), row.integer(2) != 0};
}

Result<void> save_sync(store::Session& session, const SyncReport& report, bool is_full) {
  auto saved = session.execute(sql::upsert_sync, {report.id.text(), report.source, to_micros(report.started),
                                                  to_micros(report.finished), std::int64_t{is_full}, report.listed,
                                                  render_counts(report.counts), report.error});
  if (!saved) return pass(saved);
  return {};
}

Result<void> save_line(store::Session& session, Id sync, const IntakeLine& line) {
  auto saved = session.execute(sql::upsert_line,
                               {sync.text(), line.path, line.document.is_none() ? std::string() : line.document.text(),
                                std::string(verdict_name(line.verdict)), line.reason});
  if (!saved) return pass(saved);
  return {};
}

Result<std::map<std::string, std::int64_t>> count_lines(store::Session& session, Id sync) {
  auto rows = session.query(sql::count_lines, {sync.text()});
  if (!rows) return pass(rows);
  std::map<std::string, std::int64_t> out;
  for (const store::Row& row : *rows) out[row.text(0)] = row.integer(1);
  return out;
}

Result<void> drop_old_syncs(store::Session& session, std::string_view source, std::int64_t lines_kept,
                            std::int64_t reports_kept) {
  auto old = session.query(sql::old_syncs, {std::string(source), lines_kept});
  if (!old) return pass(old);
  std::int64_t position = lines_kept;
  for (const store::Row& row : *old) {
    auto dropped = session.execute(sql::delete_lines, {row.text(0)});
    if (!dropped) return pass(dropped);
    if (position++ < reports_kept) continue;
    auto removed = session.execute(sql::delete_sync, {row.text(0)});
    if (!removed) return pass(removed);
  }
  return {};
}

Result<std::vector<SyncReport>> list_syncs(store::Database& database, std::string_view source, std::size_t limit) {
  auto rows = database.select(sql::list_syncs, {std::string(source), static_cast<std::int64_t>(limit)});
  if (!rows) return pass(rows);
  std::vector<SyncReport> out;
  for (const store::Row& row : *rows) {
    SyncReport report;
    report.id = Id::parse(row.text(0)).value_or(Id());
    report.source = row.text(1);
    report.started = row.time(2);
    report.finished = row.time(3);
    report.listed = row.integer(4);
    report.counts = parse_counts(row.text(5));
    report.error = row.text(6);
    out.push_back(std::move(report));
  }
  return out;
}

Result<std::vector<IntakeLine>> list_lines(store::Database& database, Id sync) {
  auto rows = database.select(sql::list_lines, {sync.text()});
  if (!rows) return pass(rows);
  std::vector<IntakeLine> out;
  for (const store::Row& row : *rows) {
    out.push_back({row.text(0), Id::parse(row.text(1)).value_or(Id()),
                   find_verdict(row.text(2)).value_or(Verdict::Rejected), row.text(3)});
  }
  return out;
}

}  // namespace millwright::ingestion
