// Releases: create, evaluate, sign, verify, canary, promote, roll back; and the prompts they are made from.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/jobs.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object detail_json(const ReleaseParts& parts, const delivery::Release& release) {
  auto body = release_json(release);
  body["prompt_text"] = "";
  if (!release.prompt.is_none()) {
    if (auto text = parts.load_text(release.prompt.text())) body["prompt_text"] = *text;
  }
  body["bundle"] = embedded_object(release.bundle);
  body["report"] = nullptr;
  if (!release.evaluation.is_none()) {
    if (const auto report = parts.evaluation->load(release.evaluation)) body["report"] = evaluation::to_json(*report);
  }
  return body;
}

Result<Response> answer(Result<delivery::Release> release) {
  if (!release) return pass(release);
  return json_answer(release_json(*release));
}

Result<Response> list_releases(const ReleaseParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const auto wanted = query.text("use_case");
  const auto skip = static_cast<std::size_t>(query.integer("cursor", 0, 1'000'000'000, 0));
  if (auto ok = query.check(); !ok) return pass(ok);
  std::vector<delivery::Release> releases;
  for (const auto& use_case : parts.gateway->state()->config.use_cases) {
    if (!wanted.empty() && use_case.name != wanted) continue;
    auto found = parts.delivery->list(use_case.name);
    if (!found) return pass(found);
    std::ranges::move(*found, std::back_inserter(releases));
  }
  std::ranges::sort(releases, std::ranges::greater(), &delivery::Release::created);
  json::array items;
  for (std::size_t i = skip; i < releases.size() && items.size() < limit; ++i) items.push_back(release_json(releases[i]));
  const auto next = skip + items.size();
  return page_answer(std::move(items), next < releases.size() ? std::to_string(next) : std::string());
}

Result<Response> create_release(const ReleaseParts& parts, const Call& call) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  Body body(call.request, {"prompt_text", "prompt_label", "note"});
  delivery::CreateRequest request;
  request.use_case = use_case->name;
  request.prompt_text = body.text_or("prompt_text", {});
  request.prompt_label = body.text_or("prompt_label", {});
  request.note = body.text_or("note", {});
  request.author = call.caller.name;
  if (auto ok = body.check(); !ok) return pass(ok);
  auto release = parts.delivery->create(request);
  if (!release) return pass(release);
  return created(release_json(*release));
}

Result<Response> get_release(const ReleaseParts& parts, const Call& call) {
  auto release = parts.delivery->load(call.parameter("id"));
  if (!release) return pass(release);
  return json_answer(json::value(detail_json(parts, *release)));
}

Result<Response> evaluate(const ReleaseParts& parts, const Call& call) {
  JobBoard::Entry job(*parts.jobs, "evaluation", call.parameter("id"));
  auto release = parts.delivery->evaluate(
      call.parameter("id"), [&job](std::int64_t done, std::int64_t total) { job.report(done, total); });
  if (!release) return pass(release);
  return json_answer(json::value(detail_json(parts, *release)));
}

Result<Response> sign(const ReleaseParts& parts, const Call& call) {
  return answer(parts.delivery->sign(call.parameter("id"), call.caller.name));
}

Result<Response> verify(const ReleaseParts& parts, const Call& call) {
  const auto& id = call.parameter("id");
  auto release = parts.delivery->load(id);
  if (!release) return pass(release);
  const auto verified = parts.delivery->verify(id);
  return json_answer(json::object{{"release", id},
                                  {"is_verified", verified.has_value()},
                                  {"detail", verified ? "signature and every artifact match" : verified.error().message}});
}

Result<Response> start_canary(const ReleaseParts& parts, const Call& call) {
  Body body(call.request, {"percent"});
  const auto percent = body.number("percent", 0.01, 100);
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto basis_points = static_cast<std::uint32_t>(percent * 100 + 0.5);
  return answer(parts.delivery->start_canary(call.parameter("id"), basis_points, call.caller.name));
}

Result<Response> promote(const ReleaseParts& parts, const Call& call) {
  return answer(parts.delivery->promote(call.parameter("id"), call.caller.name));
}

Result<Response> roll_back(const ReleaseParts& parts, const Call& call) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  Body body(call.request, {"reason"});
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  return answer(parts.delivery->roll_back(use_case->name, call.caller.name, reason));
}

/// Prompts as the live configuration names them; their text is that of the files.
Result<Response> list_prompts(const ReleaseParts& parts, const Call&) {
  const auto loaded = parts.configuration->current();
  const auto prompts = delivery::parse_prompts(loaded->tree["prompts"], parts.prompt_directory);
  if (!prompts) return std::unexpected(prompts.error());
  const auto state = parts.gateway->state();
  json::array items;
  for (const auto& prompt : *prompts) {
    json::array used_by;
    for (const auto& use_case : state->config.use_cases) {
      if (use_case.prompt == prompt.name) used_by.emplace_back(use_case.name);
    }
    items.push_back(json::object{{"name", prompt.name},
                                 {"file", prompt.file},
                                 {"version", sha256(prompt.text).short_text()},
                                 {"text", prompt.text},
                                 {"used_by", std::move(used_by)},
                                 {"origin", origin_json(*loaded, "prompts/" + prompt.name)}});
  }
  return page_answer(std::move(items));
}

}  // namespace

Routes release_routes(const ReleaseParts& parts) {
  using enum io::http::Method;
  auto create = row(Post, "/api/v1/use-cases/{name}/releases", Access::Owner, create_release, parts);
  create.is_idempotent_by_key = true;
  return {
      row(Get, "/api/v1/prompts", Access::Viewer, list_prompts, parts),
      row(Get, "/api/v1/releases", Access::Viewer, list_releases, parts),
      std::move(create),
      row(Get, "/api/v1/releases/{id}", Access::Viewer, get_release, parts),
      row(Post, "/api/v1/releases/{id}/evaluate", Access::Owner, evaluate, parts),
      row(Post, "/api/v1/releases/{id}/sign", Access::Approver, sign, parts),
      row(Post, "/api/v1/releases/{id}/verify", Access::Viewer, verify, parts),
      row(Post, "/api/v1/releases/{id}/canary", Access::Owner, start_canary, parts),
      row(Post, "/api/v1/releases/{id}/promote", Access::Owner, promote, parts),
      row(Post, "/api/v1/use-cases/{name}/rollback", Access::Owner, roll_back, parts),
  };
}

}  // namespace millwright::api
