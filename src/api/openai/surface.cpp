#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

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

void rename_messages(gateway::ChatOutcome& outcome, std::string_view field) {
  if (outcome.error && outcome.error->where.field == "messages") outcome.error->where.field = field;
}

std::string error_json(const Error& error, bool is_from_provider, std::string_view request_id) {
  json::object body{{"message", sentence_of(error)},
                    {"type", type_of(error.code)},
                    {"param", error.where.field.empty() ? json::value(nullptr) : json::value(error.where.field)},
                    {"code", code_of(error)},
                    {"millwright", error_details(error, is_from_provider, request_id)}};
  return json::serialize(json::object{{"error", std::move(body)}});
}

io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id) {
  io::http::Response response;
  response.status = meaning(error.code).http_status;
  response.headers.set("Content-Type", "application/json");
  if (!request_id.empty()) response.headers.set("x-request-id", std::string(request_id));
  add_retry_headers(response.headers, error);
  response.body = error_json(error, is_from_provider, request_id);
  return response;
}

io::http::Response event_stream_head(const telemetry::Trace& trace, const gateway::CallRates& rates) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream");
  head.headers.set("Cache-Control", "no-cache");
  head.headers.set("X-Accel-Buffering", "no");   // tells proxies in front not to collect the stream
  add_call_headers(head.headers, trace, CostHeader::Leave);
  add_rate_headers(head.headers, rates);
  return head;
}

io::http::Response whole_response(gateway::ChatOutcome& outcome) {
  io::http::Response response;
  if (outcome.error) {
    response = error_response(*outcome.error, outcome.error_from_provider, outcome.trace.id.text());
  } else {
    response.headers.set("Content-Type", outcome.content_type.empty() ? "application/json" : outcome.content_type);
    response.body = std::move(outcome.body);
  }
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  add_rate_headers(response.headers, outcome.rates);
  return response;
}

}  // namespace millwright::api::openai
