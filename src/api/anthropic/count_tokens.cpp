#include "api/anthropic/count_tokens.hpp"

#include "api/anthropic/request.hpp"
#include "api/anthropic/surface.hpp"
#include "api/anthropic/token_estimate.hpp"

namespace millwright::api::anthropic {
namespace {

Result<void> check_model(const std::string& model, const identity::Principal& principal, const Parts& parts) {
  const auto known = parts.gateway->models_for(principal);
  if (std::ranges::find(known, model) != known.end()) return {};
  auto error = fail(ErrorCode::NotFound, "there is no use case or model \"{}\" for this key", model);
  error.error().where.source = "request body";
  error.error().where.field = "model";
  error.error().fix = "GET /v1/models lists what this key may call.";
  return error;
}

/// The prompt that the live release of a use case puts before the messages. What is retrieved for a question is not
/// known before it is asked.
std::string live_prompt(const std::string& model, const Parts& parts) {
  const auto table = parts.gateway->live();
  const auto live = table->find(model);
  return live == table->end() ? std::string() : live->second.stable.prompt_text;
}

struct Count {
  std::int64_t messages = 0, prompt = 0;
};

Result<Count> count(const io::http::Request& request, const Parts& parts, gateway::CallRates& rates) {
  auto caller = read_caller(request, *parts.keys, parts.clock->now());
  if (!caller) return pass(caller);
  auto body = read_body(request);
  if (!body) return pass(body);
  auto decoded = decode_request(*body, OutputLimit::Optional);
  if (!decoded) return pass(decoded);
  auto chat = gateway::parse_chat_request(std::move(*decoded));
  if (!chat) return pass(chat);
  auto allowed = check_model(chat->model, *caller->principal, parts);
  if (!allowed) return pass(allowed);
  auto taken = parts.gateway->take_request(*caller->principal, rates.requests);
  if (!taken) return pass(taken);
  return Count{estimate_chat_tokens(chat->body), estimate_text_tokens(live_prompt(chat->model, parts))};
}

}  // namespace

io::Task<void> count_tokens(Parts parts, io::http::Exchange& exchange) {
  const auto id = Id::generate().text();
  gateway::CallRates rates;
  const auto counted = count(exchange.request(), parts, rates);
  io::http::Response response;
  if (!counted) {
    response = error_response(counted.error(), false, id);
  } else {
    json::object details{{"estimated", true}, {"method", "text_classes"}};
    if (counted->prompt > 0) details["release_prompt_tokens"] = counted->prompt;
    response.headers.set("Content-Type", "application/json");
    response.headers.set("x-request-id", id);
    response.body = json::serialize(
        json::object{{"input_tokens", counted->messages + counted->prompt}, {"millwright", std::move(details)}});
  }
  add_rate_headers(response.headers, rates);
  add_anthropic_headers(response.headers, id, rates, parts.clock->now());
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

}  // namespace millwright::api::anthropic
