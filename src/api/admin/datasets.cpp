// Datasets: what each holds, its versions with their change logs, snapshots, and the decision on a version.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<void> check_dataset(const DatasetParts& parts, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& dataset : parts.curation->datasets()) {
    if (dataset.name == name) return {};
    names.push_back(dataset.name);
  }
  return std::unexpected(not_found("dataset", name, names));
}

Result<Response> list_datasets(const DatasetParts& parts, const Call&) {
  const auto loaded = parts.configuration->current();
  json::array items;
  for (const auto& dataset : parts.curation->datasets()) {
    const auto versions = parts.curation->versions(dataset.name);
    if (!versions) return std::unexpected(versions.error());
    json::value newest = nullptr;
    json::value approved = nullptr;
    if (!versions->empty()) newest = dataset_version_json(versions->front());
    if (const auto version = parts.curation->newest_approved(dataset.name)) approved = dataset_version_json(*version);
    items.push_back(json::object{{"name", dataset.name},
                                 {"owner", dataset.owner},
                                 {"sources", texts_json(dataset.sources)},
                                 {"needs_approval", dataset.needs_approval},
                                 {"retention_ms", dataset.retention.count()},
                                 {"include", texts_json(dataset.include)},
                                 {"exclude", texts_json(dataset.exclude)},
                                 {"newest", std::move(newest)},
                                 {"approved", std::move(approved)},
                                 {"origin", origin_json(*loaded, "datasets/" + dataset.name)}});
  }
  return page_answer(std::move(items));
}

Result<Response> list_versions(const DatasetParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_dataset(parts, name); !ok) return pass(ok);
  const auto versions = parts.curation->versions(name);
  if (!versions) return std::unexpected(versions.error());
  json::array items;
  for (const auto& version : *versions) items.push_back(dataset_version_json(version));
  return page_answer(std::move(items));
}

Result<Response> snapshot(const DatasetParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_dataset(parts, name); !ok) return pass(ok);
  const auto version = parts.curation->snapshot(name, call.caller.name);
  if (!version) return std::unexpected(version.error());
  return json_answer(dataset_version_json(*version));
}

struct Decision {
  std::string dataset;
  std::int64_t version = 0;
  std::string reason;
};

/// The version named, else the newest.
Result<Decision> read_decision(const DatasetParts& parts, const Call& call) {
  Decision decision;
  decision.dataset = call.parameter("name");
  if (auto ok = check_dataset(parts, decision.dataset); !ok) return pass(ok);
  Body body(call.request, {"version", "reason"});
  const auto version = body.find_integer("version", 1, INT64_MAX);
  decision.reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  if (version) {
    decision.version = *version;
    return decision;
  }
  auto versions = parts.curation->versions(decision.dataset);
  if (!versions) return pass(versions);
  if (versions->empty()) {
    Error error;
    error.code = ErrorCode::NotFound;
    error.message = fmt::format("the dataset {} has no version yet", decision.dataset);
    error.fix = fmt::format("millwright dataset snapshot {}", decision.dataset);
    return std::unexpected(std::move(error));
  }
  decision.version = versions->front().version;
  return decision;
}

Result<Response> approve(const DatasetParts& parts, const Call& call) {
  auto decision = read_decision(parts, call);
  if (!decision) return pass(decision);
  const auto version =
      parts.curation->approve(decision->dataset, decision->version, call.caller.name, decision->reason);
  if (!version) return std::unexpected(version.error());
  if (parts.changed) parts.changed();
  return json_answer(dataset_version_json(*version));
}

Result<Response> reject(const DatasetParts& parts, const Call& call) {
  auto decision = read_decision(parts, call);
  if (!decision) return pass(decision);
  const auto version = parts.curation->reject(decision->dataset, decision->version, call.caller.name, decision->reason);
  if (!version) return std::unexpected(version.error());
  return json_answer(dataset_version_json(*version));
}

}  // namespace

Routes dataset_routes(const DatasetParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/datasets", Access::Viewer, list_datasets, parts),
      row(Get, "/api/v1/datasets/{name}/versions", Access::Viewer, list_versions, parts),
      row(Post, "/api/v1/datasets/{name}/snapshot", Access::Owner, snapshot, parts),
      row(Post, "/api/v1/datasets/{name}/approve", Access::Approver, approve, parts),
      row(Post, "/api/v1/datasets/{name}/reject", Access::Approver, reject, parts),
  };
}

}  // namespace millwright::api
