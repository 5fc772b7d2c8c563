// How much of each limit is used, and by whom.
#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"

namespace millwright::api {
namespace {

using io::http::Response;

constexpr std::size_t members_max = 100;

json::value rate_json(const std::optional<gateway::LimitRate>& rate) {
  return rate ? json::value(gateway::render_limit_rate(*rate)) : json::value(nullptr);
}

json::value count_or_null(std::int64_t count) { return count > 0 ? json::value(count) : json::value(nullptr); }

json::value meter_json(gateway::Meter meter, const gateway::MeterRule& rule, Timestamp now) {
  if (!rule.is_set()) return nullptr;
  const auto state = gateway::state_of(meter, rule, now);
  return json::object{{"used", state.limit - state.remaining},
                      {"remaining", state.remaining},
                      {"held", meter.held},
                      {"reset_ms", state.reset.count()}};
}

/// Keys are counted by id; people know them by name.
std::string name_of(const LimitParts& parts, gateway::LimitScope scope, const std::string& member) {
  if (scope != gateway::LimitScope::Key) return member;
  const auto id = Id::parse(member);
  const auto ring = parts.keys->ring();
  const auto* principal = id ? ring->find(*id) : nullptr;
  return principal != nullptr ? principal->key_name : member;
}

json::object limit_json(const LimitParts& parts, const gateway::LimitUse& use, Timestamp now) {
  json::array members;
  for (const auto& member : use.members) {
    members.push_back(
        json::object{{"member", member.is_rest ? json::value(nullptr)
                                               : json::value(name_of(parts, use.config.scope, member.member))},
                     {"requests", meter_json(member.requests, use.requests, now)},
                     {"tokens", meter_json(member.tokens, use.tokens, now)},
                     {"running", member.running}});
  }
  const auto& config = use.config;
  return {{"name", config.name},
          {"scope", gateway::limit_scope_name(config.scope)},
          {"match", text_or_null(config.match)},
          {"requests", rate_json(config.requests)},
          {"tokens", rate_json(config.tokens)},
          {"concurrent", count_or_null(config.concurrent)},
          {"max_prompt_tokens", count_or_null(config.prompt_tokens_max)},
          {"max_prompt_bytes", count_or_null(config.prompt_bytes_max)},
          {"max_output_tokens", count_or_null(config.output_tokens_max)},
          {"time_zone", config.zone->name()},
          {"members", std::move(members)},
          {"members_total", use.members_total}};
}

/// A key's own limits in the shape of a configured one that binds this key alone.
json::object key_limit_json(const identity::Principal& key, const gateway::KeyUse& use, Timestamp now) {
  const auto rate = [](const gateway::MeterRule& rule) {
    return rule.is_set() ? rate_json(gateway::LimitRate{rule.amount, rule.per}) : json::value(nullptr);
  };
  json::object member{{"member", key.key_name},
                      {"requests", meter_json(use.requests_used, use.requests, now)},
                      {"tokens", meter_json(use.tokens_used, use.tokens, now)},
                      {"running", use.running}};
  return {{"name", "key:" + key.key_name},
          {"scope", gateway::limit_scope_name(gateway::LimitScope::Key)},
          {"match", key.key_name},
          {"requests", rate(use.requests)},
          {"tokens", rate(use.tokens)},
          {"concurrent", count_or_null(use.concurrent)},
          {"max_prompt_tokens", nullptr},
          {"max_prompt_bytes", nullptr},
          {"max_output_tokens", nullptr},
          {"time_zone", "UTC"},
          {"members", json::array{std::move(member)}},
          {"members_total", 1}};
}

/// Configured limits first, then the keys that have limits of their own, those in force alone.
Result<Response> list_limits(const LimitParts& parts, const Call&) {
  const auto now = parts.clock->now();
  json::array items;
  for (const auto& use : parts.gateway->limit_use(members_max)) items.push_back(limit_json(parts, use, now));
  const auto keys = parts.keys->list();
  if (!keys) return std::unexpected(keys.error());
  for (const auto& key : *keys) {
    const auto& principal = key.principal;
    if (key.revoked_at || principal.is_expired(now) || !principal.has_own_limits()) continue;
    items.push_back(key_limit_json(principal, parts.gateway->key_use(principal), now));
  }
  return page_answer(std::move(items));
}

}  // namespace

Routes limit_routes(const LimitParts& parts) {
  return {row(io::http::Method::Get, "/api/v1/limits", Access::Viewer, list_limits, parts)};
}

}  // namespace millwright::api
