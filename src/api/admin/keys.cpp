// API keys: list, create (shown once), revoke.
#include <algorithm>

#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

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
  Body body(call.request, {"use_case", "team", "user", "groups", "name", "environment", "budget", "rpm", "tpm",
                           "concurrent", "models", "passthrough", "expires"});
  identity::KeySpec spec;
  spec.use_case = body.text_or("use_case", {});
  spec.team = body.text_or("team", {});
  spec.user = body.text_or("user", {});
  spec.groups = body.texts("groups");
  spec.name = body.text_or("name", {});
  spec.environment = body.text_or("environment", "production");
  spec.rpm = body.find_integer("rpm", 1, 1'000'000'000);
  spec.tpm = body.find_integer("tpm", 1, 1'000'000'000'000);
  spec.concurrent = body.find_integer("concurrent", 1, 1'000'000);
  spec.models = body.texts("models");
  if (body.has("passthrough")) spec.passthrough = body.texts("passthrough");
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

/// Providers that exist; those that the use case does not have need an administrator, as they go around its rules.
Result<void> check_passthrough(const KeyParts& parts, const Call& call, const identity::KeySpec& spec,
                               const std::vector<std::string>& allowed) {
  if (!spec.passthrough) return {};
  const auto state = parts.gateway->state();
  const auto& providers = state->config.providers;
  for (const auto& name : *spec.passthrough) {
    if (std::ranges::find(providers, name, &gateway::ProviderConfig::name) == providers.end()) {
      auto error = fail(ErrorCode::InvalidInput, "there is no provider \"{}\"", utf8_prefix(name, 64));
      error.error().where.field = "passthrough";
      return error;
    }
    if (call.caller.is_at_least(identity::Role::Admin) || std::ranges::find(allowed, name) != allowed.end()) continue;
    auto error = fail(ErrorCode::Forbidden, "the use case does not pass requests through to \"{}\"", name);
    error.error().where.field = "passthrough";
    error.error().rule = "role.admin";
    error.error().fix = "Ask an administrator to make the key, or add the provider to the use case's passthrough.";
    return error;
  }
  return {};
}

Result<Response> create_key(const KeyParts& parts, const Call& call) {
  auto spec = read_spec(call);
  if (!spec) return pass(spec);
  std::vector<std::string> passthrough;
  if (!spec->use_case.empty()) {
    const auto use_case = load_use_case(*parts.gateway, spec->use_case);
    if (!use_case) return std::unexpected(use_case.error());
    if (spec->team.empty()) spec->team = use_case->owner;
    passthrough = use_case->passthrough;
  }
  if (auto good = check_passthrough(parts, call, *spec, passthrough); !good) return pass(good);
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
