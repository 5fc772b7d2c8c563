// The configuration over HTTP: what is in force and from where, validate, plan, apply, history, export, roll back,
// and who owns what.
#include "features/configuration/configuration.hpp"

#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/problem.hpp"

namespace millwright::api {

namespace {

using configuration::Loaded;
using io::http::Response;

json::object revision_json(const configuration::Revision& revision) {
  return {{"number", revision.number},     {"time", render_time(revision.time)}, {"author", revision.author},
          {"reason", revision.reason},     {"action", revision.action},          {"digest", revision.digest.text()},
          {"summary", revision.summary}};
}

std::string etag_of(const Loaded& loaded) { return fmt::format("\"{}\"", loaded.digest.text()); }

Result<Response> get_config(const ConfigParts& parts, const Call& call) {
  const auto loaded = parts.configuration->current();
  json::array objects;
  for (const auto& object : loaded->objects) {
    objects.push_back(json::object{{"id", object.id},
                                   {"kind", object.kind},
                                   {"name", object.name},
                                   {"origin", origin_json(*loaded, object.id)},
                                   {"yaml", object.yaml}});
  }
  json::array files;
  for (const auto& [name, text] : loaded->files) files.emplace_back(name);
  json::object body{{"digest", loaded->digest.text()},
                    {"revision", loaded->revision},
                    {"loaded_at", render_time(loaded->loaded_at)},
                    {"file", parts.file},
                    {"objects", std::move(objects)},
                    {"files", std::move(files)},
                    {"pending_restart", texts_json(parts.configuration->pending_restart())}};
  if (call.request.query_parameter("origins").value_or("") == "1") {
    json::array origins;
    for (const auto& origin : configuration::origins(*loaded)) {
      origins.push_back(json::object{{"path", origin.path}, {"value", origin.value}, {"from", origin.from}});
    }
    body["origins"] = std::move(origins);
  }
  auto response = json_answer(json::value(std::move(body)));
  response.headers.set("etag", etag_of(*loaded));
  return response;
}

// Where objects of the console go when no file is named.
constexpr std::string_view default_release_file = "released.yaml";

std::string main_file(const ConfigParts& parts) { return std::filesystem::path(parts.file).filename().string(); }

Result<Response> validate(const ConfigParts& parts, const Call& call) {
  Body body(call.request, {"file", "text"});
  const auto file = body.text_or("file", main_file(parts));
  const auto text = body.text("text");
  if (auto ok = body.check(); !ok) return pass(ok);
  json::array faults;
  for (const auto& fault : parts.configuration->validate_file(file, text)) faults.push_back(fault_json(fault));
  const bool is_valid = faults.empty();
  return json_answer(json::object{{"is_valid", is_valid}, {"faults", std::move(faults)}});
}

Result<configuration::Plan> make_plan(const ConfigParts& parts, const Call& call) {
  Body body(call.request, {"file", "text", "yaml", "removed", "revision", "adopt", "release"});
  const auto file = body.text_or("file", main_file(parts));
  const auto text = body.text_or("text", {});
  const auto yaml = body.text_or("yaml", {});
  auto removed = body.texts("removed");
  const auto adopted = body.text_or("adopt", {});
  const auto released = body.text_or("release", {});
  const auto revision = body.find_integer("revision", 1, INT64_MAX);
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!adopted.empty()) return parts.configuration->plan_adoption(adopted);
  if (!released.empty()) return parts.configuration->plan_release(released, body.text_or("file", default_release_file));
  if (body.has("text")) return parts.configuration->plan_file(file, text);
  if (body.has("yaml") || !removed.empty()) return parts.configuration->plan_console(yaml, std::move(removed));
  if (revision) return parts.configuration->plan_rollback(*revision);
  return parts.configuration->plan_files();
}

Result<Response> plan(const ConfigParts& parts, const Call& call) {
  auto made = make_plan(parts, call);
  if (!made) return pass(made);
  auto body = configuration::to_json(*made);
  body["rendered"] = configuration::render_plan(*made);
  return json_answer(json::value(std::move(body)));
}

/// 412 when the caller saw another state than the one in force.
Result<void> check_if_match(const ConfigParts& parts, const Call& call) {
  const auto wanted = call.request.headers.find("if-match");
  if (wanted.empty() || wanted == "*" || wanted == etag_of(*parts.configuration->current())) return {};
  Error error;
  error.code = ErrorCode::Conflict;
  error.message = "the configuration has changed since you saw it";
  error.rule = "if-match";
  error.fix = "read it again, and plan anew";
  return std::unexpected(std::move(error));
}

Result<Response> apply(const ConfigParts& parts, const Call& call) {
  if (auto ok = check_if_match(parts, call); !ok) return problem(ok.error(), 412, call.request_id);
  Body body(call.request, {"plan", "reason"});
  auto plan_object = body.object("plan");
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  plan_object.erase("rendered");
  auto saved = configuration::parse_plan(json::serialize(plan_object));
  if (!saved) return pass(saved);
  const auto revision = parts.configuration->apply(*saved, call.caller.name, reason);
  if (!revision) return std::unexpected(revision.error());
  return json_answer(revision_json(*revision));
}

Result<Response> list_history(const ConfigParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const auto before = query.integer("cursor", 0, INT64_MAX, 0);
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto revisions = parts.configuration->history(before, limit);
  if (!revisions) return std::unexpected(revisions.error());
  json::array items;
  for (const auto& revision : *revisions) items.push_back(revision_json(revision));
  const bool is_full = revisions->size() == limit && revisions->back().number > 1;
  return page_answer(std::move(items), is_full ? std::to_string(revisions->back().number) : std::string());
}

Result<Response> get_schema(const ConfigParts& parts, const Call&) {
  return text_answer(config::render_json_schema(parts.configuration->vocabulary().sections), "application/json");
}

Result<Response> export_config(const ConfigParts& parts, const Call& call) {
  const auto loaded = parts.configuration->current();
  const auto wanted = call.request.query_parameter("owner").value_or("");
  std::optional<configuration::Owner> owner;
  if (wanted == "file") owner = configuration::Owner::File;
  if (wanted == "console") owner = configuration::Owner::Console;
  if (!owner && !wanted.empty()) return fail(ErrorCode::InvalidInput, "owner is \"file\" or \"console\"");
  return text_answer(configuration::render_export(*loaded, parts.configuration->vocabulary().sections, owner),
                     "application/yaml");
}

Result<Response> adopt(const ConfigParts& parts, const Call& call) {
  if (auto ok = check_if_match(parts, call); !ok) return problem(ok.error(), 412, call.request_id);
  Body body(call.request, {"object", "reason"});
  const auto object = body.text("object");
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto revision = parts.configuration->adopt(object, call.caller.name, reason);
  if (!revision) return std::unexpected(revision.error());
  return json_answer(revision_json(*revision));
}

Result<Response> release(const ConfigParts& parts, const Call& call) {
  if (auto ok = check_if_match(parts, call); !ok) return problem(ok.error(), 412, call.request_id);
  Body body(call.request, {"object", "file", "reason"});
  const auto object = body.text("object");
  const auto file = body.text_or("file", default_release_file);
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto revision = parts.configuration->release(object, file, call.caller.name, reason);
  if (!revision) return std::unexpected(revision.error());
  return json_answer(revision_json(*revision));
}

Result<Response> roll_back(const ConfigParts& parts, const Call& call) {
  if (auto ok = check_if_match(parts, call); !ok) return problem(ok.error(), 412, call.request_id);
  Body body(call.request, {"revision", "reason"});
  const auto number = body.integer("revision", 1, INT64_MAX);
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto revision = parts.configuration->rollback(number, call.caller.name, reason);
  if (!revision) return std::unexpected(revision.error());
  return json_answer(revision_json(*revision));
}

}  // namespace

Routes config_routes(const ConfigParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/config", Access::Viewer, get_config, parts),
      row(Post, "/api/v1/config/validate", Access::Owner, validate, parts),
      row(Post, "/api/v1/config/plan", Access::Owner, plan, parts),
      row(Post, "/api/v1/config/apply", Access::Admin, apply, parts),
      row(Get, "/api/v1/config/history", Access::Viewer, list_history, parts),
      row(Get, "/api/v1/config/schema", Access::Viewer, get_schema, parts),
      row(Get, "/api/v1/config/export", Access::Viewer, export_config, parts),
      row(Post, "/api/v1/config/rollback", Access::Admin, roll_back, parts),
      row(Post, "/api/v1/config/adopt", Access::Admin, adopt, parts),
      row(Post, "/api/v1/config/release", Access::Admin, release, parts),
  };
}

}  // namespace millwright::api
