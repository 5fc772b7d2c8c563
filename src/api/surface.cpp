#include "api/surface.hpp"

#include "api/authenticate.hpp"
#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api {
namespace {

constexpr std::size_t header_text_max = 128;

Result<std::string> header_text(const io::http::Request& request, std::string_view name) {
  const auto value = trimmed(request.headers.find(name));
  if (value.size() > header_text_max || first_invalid_utf8(value)) {
    auto error =
        fail(ErrorCode::InvalidInput, "the header {} must be UTF-8 text of at most {} bytes", name, header_text_max);
    error.error().where.field = std::string(name);
    return error;
  }
  return std::string(value);
}

}  // namespace

std::string segment_value(std::string_view segment, std::string_view name) {
  if (segment.empty()) return {};
  for (const auto part : split(segment, ';')) {
    const auto equals = part.find('=');
    if (equals != std::string_view::npos && trimmed(part.substr(0, equals)) == name) {
      return std::string(trimmed(part.substr(equals + 1)));
    }
  }
  return {};
}

Result<gateway::Caller> read_caller(const io::http::Request& request, const identity::Keys& keys, Timestamp now) {
  const auto secret = bearer_token(request);
  const auto ring = keys.ring();
  const auto* principal = secret.empty() ? nullptr : ring->find(secret);
  if (principal == nullptr || principal->is_expired(now)) {
    auto error = fail(ErrorCode::Unauthenticated, "{}",
                      secret.empty()         ? "this request carries no API key"
                      : principal != nullptr ? "this API key has expired"
                                             : "this API key is not known or was revoked");
    error.error().fix =
        "Send a key made with `millwright key create` as Authorization: Bearer mw_… or x-api-key: mw_….";
    return error;
  }
  gateway::Caller caller;
  caller.principal = std::shared_ptr<const identity::Principal>(ring, principal);
  caller.groups = principal->groups;
  for (const auto& [name, target] :
       {std::pair{"x-millwright-user", &caller.user}, std::pair{"x-millwright-session", &caller.session},
        std::pair{"x-millwright-task", &caller.task}, std::pair{"x-millwright-segment", &caller.segment}}) {
    auto text = header_text(request, name);
    if (!text) return pass(text);
    *target = std::move(*text);
  }
  // A key that belongs to a person speaks for that person only.
  if (!principal->user.empty()) caller.user = principal->user;
  caller.region = segment_value(caller.segment, "region");
  const auto declared = trimmed(request.headers.find("x-millwright-data-class"));
  if (!declared.empty()) {
    caller.declared_class = policy::find_class(declared);
    if (!caller.declared_class) {
      auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not a data class", utf8_prefix(declared, 40));
      error.error().where.field = "x-millwright-data-class";
      error.error().fix = "Use public, internal, confidential or restricted.";
      return error;
    }
  }
  return caller;
}

Result<void> check_model(std::string_view model, const identity::Principal& principal,
                         const gateway::Gateway& gateway) {
  const auto known = gateway.models_for(principal);
  if (std::ranges::find(known, model) != known.end()) return {};
  auto error = fail(ErrorCode::NotFound, "there is no use case or model \"{}\" for this key", model);
  error.error().where.source = "request body";
  error.error().where.field = "model";
  error.error().fix = "GET /v1/models lists what this key may call.";
  return error;
}

json::object error_details(const Error& error, bool is_from_provider, std::string_view request_id) {
  json::object details{{"origin", is_from_provider ? "provider" : "gateway"}, {"request_id", request_id}};
  if (!error.rule.empty()) details["rule"] = error.rule;
  details["explain"] = sentence_of(error);
  if (error.where.byte) details["byte"] = *error.where.byte;
  return details;
}

std::string sentence_of(const Error& error) {
  return error.fix.empty() ? error.message : error.message + ". " + error.fix;
}

void add_retry_headers(io::http::Headers& headers, const Error& error) {
  if (error.retry_after) {
    const auto ms = error.retry_after->count();
    headers.set("Retry-After", fmt::format("{}", (ms + 999) / 1000));
    headers.set("retry-after-ms", fmt::format("{}", ms));
  }
  // Money and policy do not come back by trying again, and a quota not while a client waits.
  const bool is_far_away = error.code == ErrorCode::RateLimited && error.retry_after > Duration(60'000);
  if (!meaning(error.code).retryable || is_far_away) headers.set("x-should-retry", "false");
}

void add_call_headers(io::http::Headers& headers, const telemetry::Trace& trace, CostHeader cost) {
  const auto id = trace.id.text();
  headers.set("x-request-id", id);
  headers.set("x-millwright-trace", id);
  if (!trace.release.empty()) headers.set("x-millwright-release", trace.release);
  if (!trace.model.empty()) headers.set("x-millwright-model", trace.model);
  if (!trace.route.empty()) headers.set("x-millwright-route", trace.route);
  headers.set("x-millwright-cache", trace.cache);
  if (cost == CostHeader::Add) headers.set("x-millwright-cost-usd", render_decimal(trace.cost));
}

void add_rate_headers(io::http::Headers& headers, const gateway::CallRates& rates) {
  const auto add = [&headers](const std::optional<gateway::RateState>& rate, std::string_view unit) {
    if (!rate) return;
    std::string name = "x-ratelimit-limit-";
    headers.set(name.append(unit), fmt::format_int(rate->limit).c_str());
    name = "x-ratelimit-remaining-";
    headers.set(name.append(unit), fmt::format_int(rate->remaining).c_str());
    name = "x-ratelimit-reset-";
    headers.set(name.append(unit), fmt::format("{}ms", rate->reset.count()));
  };
  add(rates.requests, "requests");
  add(rates.tokens, "tokens");
}

}  // namespace millwright::api
