#include "api/anthropic/count_tokens.hpp"

#include "api/anthropic/request.hpp"
#include "api/anthropic/surface.hpp"

namespace millwright::api::anthropic {
namespace {

Result<gateway::ChatRequest> read_chat(const io::http::Request& request, const Parts& parts,
                                       gateway::CallRates& rates) {
  auto caller = read_caller(request, *parts.keys, parts.clock->now());
  if (!caller) return pass(caller);
  auto body = read_body(request);
  if (!body) return pass(body);
  auto decoded = decode_request(*body, OutputLimit::Optional);
  if (!decoded) return pass(decoded);
  auto chat = gateway::parse_chat_request(std::move(*decoded));
  if (!chat) return pass(chat);
  auto allowed = check_model(chat->model, *caller->principal, *parts.gateway);
  if (!allowed) return pass(allowed);
  auto taken = parts.gateway->take_request(*caller->principal, rates.requests);
  if (!taken) return pass(taken);
  return chat;
}

io::Task<Result<gateway::PromptCount>> count(Parts parts, const io::http::Request& request,
                                             gateway::CallRates& rates) {
  auto chat = read_chat(request, parts, rates);
  if (!chat) co_return pass(chat);
  auto counted = co_await parts.gateway->count_prompt(std::move(*chat));
  co_return counted;
}

}  // namespace

io::Task<void> count_tokens(Parts parts, io::http::Exchange& exchange) {
  const auto id = Id::generate().text();
  gateway::CallRates rates;
  auto counted = co_await count(parts, exchange.request(), rates);
  io::http::Response response;
  if (!counted) {
    response = error_response(counted.error(), false, id);
  } else {
    json::object details{{"estimated", !counted->is_exact}, {"tokeniser", counted->tokeniser}};
    if (counted->release_prompt > 0) details["release_prompt_tokens"] = counted->release_prompt;
    response.headers.set("Content-Type", "application/json");
    response.headers.set("x-request-id", id);
    response.body =
        json::serialize(json::object{{"input_tokens", counted->tokens}, {"millwright", std::move(details)}});
  }
  add_rate_headers(response.headers, rates);
  add_anthropic_headers(response.headers, id, rates, parts.clock->now());
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

}  // namespace millwright::api::anthropic
