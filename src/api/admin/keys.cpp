// API keys: list, create (shown once), revoke.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<Response> list_keys(const KeyParts& parts, const Call&) {
  const auto keys = parts.keys->list();
  if (!keys) return std::unexpected(keys.error());
  json::array items;
  for (const auto& key : *keys) items.push_back(key_json(key));
  return page_answer(std::move(items));
}

Result<identity::KeySpec> read_spec(const Call& call) {
  Body body(call.request, {"use_case", "team", "user", "groups", "name", "environment", "budget", "rpm", "tpm", "models",
                           "expires"});
  identity::KeySpec spec;
  spec.use_case = body.text_or("use_case", {});
  spec.team = body.text_or("team", {});
  spec.user = body.text_or("user", {});
  spec.groups = body.texts("groups");
  spec.name = body.text_or("name", {});
  spec.environment = body.text_or("environment", "production");
  spec.rpm = body.find_integer("rpm", 1, 1'000'000'000);
  spec.tpm = body.find_integer("tpm", 1, 1'000'000'000'000);
  spec.models = body.texts("models");
  spec.expires = body.find_time("expires");
  const auto budget = body.text_or("budget", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!budget.empty()) {
    auto money = parse_money(budget);
    if (!money) {
      money.error().where.field = "budget";
      money.error().fix = "write it as in \"5 USD\"";
      return pass(money);
    }
    spec.budget = *money;
  }
  return spec;
}

Result<Response> create_key(const KeyParts& parts, const Call& call) {
  auto spec = read_spec(call);
  if (!spec) return pass(spec);
  if (!spec->use_case.empty()) {
    const auto use_case = load_use_case(*parts.gateway, spec->use_case);
    if (!use_case) return std::unexpected(use_case.error());
    if (spec->team.empty()) spec->team = use_case->owner;
  }
  if (spec->name.empty()) {
    spec->name = fmt::format("{}-{}", spec->use_case.empty() ? "key" : spec->use_case,
                             Id::generate().text().substr(20));
  }
  const auto key = parts.keys->create(std::move(*spec), call.caller.name);
  if (!key) return std::unexpected(key.error());
  if (auto ok = parts.changed(); !ok) return pass(ok);
  auto body = key_json(key->key);
  body["key"] = key->secret;
  return created(body);
}

Result<Response> revoke_key(const KeyParts& parts, const Call& call) {
  auto done = parts.keys->revoke(call.parameter("id"), call.caller.name);
  if (!done) return pass(done);
  if (auto ok = parts.changed(); !ok) return pass(ok);
  return no_content();
}

}  // namespace

Routes key_routes(const KeyParts& parts) {
  using enum io::http::Method;
  auto create = row(Post, "/api/v1/keys", Access::Owner, create_key, parts);
  create.is_idempotent_by_key = true;
  return {
      row(Get, "/api/v1/keys", Access::Owner, list_keys, parts),
      std::move(create),
      row(Delete, "/api/v1/keys/{id}", Access::Owner, revoke_key, parts),
  };
}

}  // namespace millwright::api
