#include "api/openai/surface.hpp"

#include "api/authenticate.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t header_text_max = 128;

Result<std::string> header_text(const io::http::Request& request, std::string_view name) {
  const auto value = trimmed(request.headers.find(name));
  if (value.size() > header_text_max || first_invalid_utf8(value)) {
    auto error = fail(ErrorCode::InvalidInput, "the header {} must be UTF-8 text of at most {} bytes", name, header_text_max);
    error.error().where.field = std::string(name);
    return error;
  }
  return std::string(value);
}

/// "region=eu;department=hr" → the value of one name.
std::string segment_value(std::string_view segment, std::string_view name) {
  for (const auto part : split(segment, ';')) {
    const auto equals = part.find('=');
    if (equals != std::string_view::npos && trimmed(part.substr(0, equals)) == name) {
      return std::string(trimmed(part.substr(equals + 1)));
    }
  }
  return {};
}

std::string_view type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Unauthenticated: return "authentication_error";
    case ErrorCode::Forbidden:
    case ErrorCode::PolicyRefused: return "permission_error";
    case ErrorCode::RateLimited: return "rate_limit_error";
    case ErrorCode::BudgetExhausted: return "insufficient_quota";
    default: return meaning(code).http_status < 500 ? "invalid_request_error" : "server_error";
  }
}

std::string_view code_of(const Error& error) {
  if (error.code == ErrorCode::Unauthenticated) return "invalid_api_key";
  if (error.code == ErrorCode::NotFound && error.where.field == "model") return "model_not_found";
  if (error.code == ErrorCode::RateLimited) return "rate_limit_exceeded";
  return meaning(error.code).name;
}

}  // namespace

Result<gateway::Caller> read_caller(const io::http::Request& request, const Parts& parts) {
  const auto secret = bearer_token(request);
  const auto ring = parts.keys->ring();
  const auto* principal = secret.empty() ? nullptr : ring->find(secret);
  if (principal == nullptr || principal->is_expired(parts.clock->now())) {
    auto error = fail(ErrorCode::Unauthenticated, "{}", secret.empty() ? "this request carries no API key"
                                                        : principal != nullptr ? "this API key has expired"
                                                                               : "this API key is not known or was revoked");
    error.error().fix = "Send a key made with `millwright key create` as Authorization: Bearer mw_….";
    return error;
  }
  gateway::Caller caller;
  caller.principal = std::shared_ptr<const identity::Principal>(ring, principal);
  caller.groups = principal->groups;
  for (const auto& [name, target] : {std::pair{"x-millwright-user", &caller.user},
                                     std::pair{"x-millwright-session", &caller.session},
                                     std::pair{"x-millwright-task", &caller.task},
                                     std::pair{"x-millwright-segment", &caller.segment}}) {
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

std::unexpected<Error> field_error(std::string field, std::string message) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = std::move(message);
  error.where.source = "request body";
  error.where.field = std::move(field);
  return std::unexpected(std::move(error));
}

void rename_messages(gateway::ChatOutcome& outcome, std::string_view field) {
  if (outcome.error && outcome.error->where.field == "messages") outcome.error->where.field = field;
}

std::string error_json(const Error& error, bool is_from_provider, std::string_view request_id) {
  json::object details{{"origin", is_from_provider ? "provider" : "gateway"}, {"request_id", request_id}};
  if (!error.rule.empty()) details["rule"] = error.rule;
  details["explain"] = error.fix.empty() ? error.message : error.message + ". " + error.fix;
  if (error.where.byte) details["byte"] = *error.where.byte;
  json::object body{{"message", error.fix.empty() ? error.message : error.message + ". " + error.fix},
                    {"type", type_of(error.code)},
                    {"param", error.where.field.empty() ? json::value(nullptr) : json::value(error.where.field)},
                    {"code", code_of(error)},
                    {"millwright", std::move(details)}};
  return json::serialize(json::object{{"error", std::move(body)}});
}

io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id) {
  io::http::Response response;
  response.status = meaning(error.code).http_status;
  response.headers.set("Content-Type", "application/json");
  if (!request_id.empty()) response.headers.set("x-request-id", std::string(request_id));
  if (error.retry_after) {
    const auto ms = error.retry_after->count();
    response.headers.set("Retry-After", fmt::format("{}", (ms + 999) / 1000));
    response.headers.set("retry-after-ms", fmt::format("{}", ms));
  }
  // Money and policy do not come back by trying again.
  if (!meaning(error.code).retryable) response.headers.set("x-should-retry", "false");
  response.body = error_json(error, is_from_provider, request_id);
  return response;
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

void add_rate_headers(io::http::Headers& headers, const gateway::ChatOutcome& outcome) {
  const auto add = [&headers](const std::optional<gateway::RateState>& rate, std::string_view unit) {
    if (!rate) return;
    headers.set(fmt::format("x-ratelimit-limit-{}", unit), fmt::format("{}", rate->limit));
    headers.set(fmt::format("x-ratelimit-remaining-{}", unit), fmt::format("{}", rate->remaining));
    headers.set(fmt::format("x-ratelimit-reset-{}", unit), fmt::format("{}ms", rate->reset.count()));
  };
  add(outcome.request_rate, "requests");
  add(outcome.token_rate, "tokens");
}

}  // namespace millwright::api::openai
