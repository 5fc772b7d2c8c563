#include "api/anthropic/surface.hpp"

namespace millwright::api::anthropic {
namespace {

/// A place in the caller's own body is written with dots; one with brackets is a place in the canonical chat, which the
/// caller has never seen.
bool is_own_field(const Error& error) {
  return !error.where.field.empty() && error.where.field.find('[') == std::string::npos;
}

}  // namespace

ErrorWord word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::InvalidConfig: return {"invalid_request_error", 400};
    case ErrorCode::Unauthenticated: return {"authentication_error", 401};
    case ErrorCode::BudgetExhausted: return {"billing_error", 402};
    case ErrorCode::Forbidden:
    case ErrorCode::PolicyRefused: return {"permission_error", 403};
    case ErrorCode::NotFound: return {"not_found_error", 404};
    case ErrorCode::Conflict:
    case ErrorCode::Pending: return {"conflict_error", 409};
    case ErrorCode::TooLarge: return {"request_too_large", 413};
    case ErrorCode::RateLimited: return {"rate_limit_error", 429};
    case ErrorCode::Timeout: return {"timeout_error", 504};
    case ErrorCode::Unavailable: return {"overloaded_error", 529};
    default: return {"api_error", meaning(code).http_status};
  }
}

json::object error_object(const Error& error, bool is_from_provider, std::string_view request_id) {
  const auto word = word_of(error.code);
  auto message = sentence_of(error);
  auto details = error_details(error, is_from_provider, request_id);
  details["code"] = meaning(error.code).name;
  if (is_own_field(error)) {
    details["param"] = error.where.field;
    if (error.where.source == "request body") message = error.where.field + ": " + message;
  }
  return {{"type", "error"},
          {"error", json::object{{"type", word.type}, {"message", std::move(message)}}},
          {"request_id", request_id},
          {"millwright", std::move(details)}};
}

io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id) {
  io::http::Response response;
  response.status = word_of(error.code).status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("request-id", std::string(request_id));
  response.headers.set("x-request-id", std::string(request_id));
  add_retry_headers(response.headers, error);
  response.body = json::serialize(error_object(error, is_from_provider, request_id));
  return response;
}

Result<json::object> read_body(const io::http::Request& request) {
  auto body = parse_json_object(request.body, {}, JsonMemory::Pooled);
  if (!body && body.error().where.source.empty()) body.error().where.source = "request body";
  return body;
}

void add_anthropic_headers(io::http::Headers& headers, std::string_view request_id, const gateway::CallRates& rates,
                           Timestamp now) {
  headers.set("request-id", std::string(request_id));
  const auto add = [&headers, now](const std::optional<gateway::RateState>& rate, std::string_view unit) {
    if (!rate) return;
    headers.set(fmt::format("anthropic-ratelimit-{}-limit", unit), fmt::format("{}", rate->limit));
    headers.set(fmt::format("anthropic-ratelimit-{}-remaining", unit), fmt::format("{}", rate->remaining));
    headers.set(fmt::format("anthropic-ratelimit-{}-reset", unit), render_time(now + rate->reset));
  };
  add(rates.requests, "requests");
  add(rates.tokens, "tokens");
}

}  // namespace millwright::api::anthropic
