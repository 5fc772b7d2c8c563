// Indexes: versions, building, and repointing to one already built.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/jobs.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<void> check_index(const IndexParts& parts, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& index : parts.retrieval->indexes()) {
    if (index.name == name) return {};
    names.push_back(index.name);
  }
  return std::unexpected(not_found("index", name, names));
}

Result<Response> list_indexes(const IndexParts& parts, const Call&) {
  const auto loaded = parts.configuration->current();
  json::array items;
  for (const auto& index : parts.retrieval->indexes()) {
    const auto versions = parts.retrieval->versions(index.name);
    if (!versions) return std::unexpected(versions.error());
    json::array built;
    json::value live = nullptr;
    for (const auto& version : *versions) {
      built.push_back(index_version_json(version));
      if (version.is_live) live = index_version_json(version);
    }
    items.push_back(json::object{{"name", index.name},
                                 {"dataset", index.dataset},
                                 {"chunk_words", index.chunk_words},
                                 {"live", std::move(live)},
                                 {"versions", std::move(built)},
                                 {"origin", origin_json(*loaded, "indexes/" + index.name)}});
  }
  return page_answer(std::move(items));
}

Result<Response> build_index(const IndexParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_index(parts, name); !ok) return pass(ok);
  JobBoard::Entry job(*parts.jobs, "index", name);
  const auto version =
      parts.retrieval->build(name, [&job](std::int64_t done, std::int64_t total) { job.report(done, total); });
  if (!version) return std::unexpected(version.error());
  parts.delivery->refresh();
  return json_answer(index_version_json(*version));
}

Result<Response> publish_index(const IndexParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  if (auto ok = check_index(parts, name); !ok) return pass(ok);
  Body body(call.request, {"digest"});
  const auto text = body.text("digest");
  if (auto ok = body.check(); !ok) return pass(ok);
  auto digest = Digest::parse(text);
  if (!digest) return pass(digest);
  const auto version = parts.retrieval->publish(name, *digest, call.caller.name);
  if (!version) return std::unexpected(version.error());
  parts.delivery->refresh();
  return json_answer(index_version_json(*version));
}

}  // namespace

Routes index_routes(const IndexParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/indexes", Access::Viewer, list_indexes, parts),
      row(Post, "/api/v1/indexes/{name}/build", Access::Owner, build_index, parts),
      row(Post, "/api/v1/indexes/{name}/publish", Access::Owner, publish_index, parts),
  };
}

}  // namespace millwright::api
