// Sources: what is configured, what each sync brought, and syncing now.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/jobs.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object acl_json(const ingestion::Acl& acl) {
  return {{"allow", texts_json(acl.allow)}, {"deny", texts_json(acl.deny)}};
}

Result<json::object> source_json(const SourceParts& parts, const configuration::Loaded& loaded,
                                 const ingestion::SourceConfig& source) {
  auto reports = parts.ingestion->reports(source.name, 1);
  if (!reports) return pass(reports);
  return json::object{{"name", source.name},
                      {"kind", source.kind},
                      {"path", source.path},
                      {"include", texts_json(source.include)},
                      {"exclude", texts_json(source.exclude)},
                      {"data_class", policy::class_name(source.data_class)},
                      {"uses", texts_json(source.uses)},
                      {"acl", acl_json(source.acl)},
                      {"every_ms", source.every.count()},
                      {"owner", source.owner},
                      {"last_run", reports->empty() ? json::value(nullptr) : json::value(sync_report_json(reports->front()))},
                      {"origin", origin_json(loaded, "sources/" + source.name)}};
}

Result<void> check_source(const SourceParts& parts, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& source : parts.ingestion->sources()) {
    if (source.name == name) return {};
    names.push_back(source.name);
  }
  return std::unexpected(not_found("source", name, names));
}

Result<Response> list_sources(const SourceParts& parts, const Call&) {
  const auto loaded = parts.configuration->current();
  json::array items;
  for (const auto& source : parts.ingestion->sources()) {
    auto item = source_json(parts, *loaded, source);
    if (!item) return pass(item);
    items.push_back(std::move(*item));
  }
  return page_answer(std::move(items));
}

Result<Response> sync_source(const SourceParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_source(parts, name); !ok) return pass(ok);
  Body body(call.request, {"full"});
  const bool is_full = body.flag("full");
  if (auto ok = body.check(); !ok) return pass(ok);
  JobBoard::Entry job(*parts.jobs, "sync", name);
  const auto report = parts.ingestion->sync(
      name, is_full, [&job](const ingestion::SyncProgress& progress) { job.report(progress.done, progress.total); });
  if (!report) return std::unexpected(report.error());
  return json_answer(sync_report_json(*report));
}

Result<Response> list_runs(const SourceParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_source(parts, name); !ok) return pass(ok);
  Query query(call.request);
  const auto limit = query.limit();
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto reports = parts.ingestion->reports(name, limit);
  if (!reports) return std::unexpected(reports.error());
  json::array items;
  for (const auto& report : *reports) items.push_back(sync_report_json(report));
  return page_answer(std::move(items));
}

/// The cursor is the number of lines already given.
Result<Response> list_lines(const SourceParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  Query query(call.request);
  const auto limit = query.limit();
  const auto skip = static_cast<std::size_t>(query.integer("cursor", 0, 1'000'000'000, 0));
  const auto verdict = query.text("verdict");
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto lines = parts.ingestion->report_lines(*id);
  if (!lines) return std::unexpected(lines.error());
  json::array items;
  std::size_t seen = 0;
  for (const auto& line : *lines) {
    if (!verdict.empty() && ingestion::verdict_name(line.verdict) != verdict) continue;
    if (seen++ < skip) continue;
    if (items.size() == limit) return page_answer(std::move(items), std::to_string(skip + limit));
    items.push_back(json::object{
        {"path", line.path},
        {"document", line.document.is_none() ? json::value(nullptr) : json::value(line.document.text())},
        {"verdict", ingestion::verdict_name(line.verdict)},
        {"reason", line.reason}});
  }
  return page_answer(std::move(items));
}

}  // namespace

Routes source_routes(const SourceParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/sources", Access::Viewer, list_sources, parts),
      row(Post, "/api/v1/sources/{name}/sync", Access::Owner, sync_source, parts),
      row(Get, "/api/v1/sources/{name}/runs", Access::Viewer, list_runs, parts),
      row(Get, "/api/v1/sync-runs/{id}/lines", Access::Viewer, list_lines, parts),
  };
}

}  // namespace millwright::api
