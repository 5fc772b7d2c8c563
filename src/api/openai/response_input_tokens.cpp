#include "api/openai/response_input_tokens.hpp"

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

io::Task<Result<io::http::Response>> count(Parts parts, const io::http::Request& http, gateway::CallRates& rates) {
  auto call = co_await read_response_call(parts, http);
  if (!call) co_return pass(call);
  auto& chat = call->chat;
  auto allowed = check_model(chat.request.model, *chat.caller.principal, *parts.gateway);
  if (!allowed) co_return pass(allowed);
  auto taken = parts.gateway->take_request(*chat.caller.principal, rates.requests);
  if (!taken) co_return pass(taken);
  auto counted = co_await parts.gateway->count_prompt(std::move(chat.request));
  if (!counted) co_return pass(counted);
  json::object details{{"estimated", !counted->is_exact}, {"tokeniser", counted->tokeniser}};
  if (counted->release_prompt > 0) details["release_prompt_tokens"] = counted->release_prompt;
  io::http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("x-request-id", Id::generate().text());
  response.body = json::serialize(json::object{
      {"object", "response.input_tokens"}, {"input_tokens", counted->tokens}, {"millwright", std::move(details)}});
  co_return response;
}

}  // namespace

io::Task<void> count_input_tokens(Parts parts, io::http::Exchange& exchange) {
  gateway::CallRates rates;
  auto response = co_await count(parts, exchange.request(), rates);
  if (response) add_rate_headers(response->headers, rates);
  co_await send_result(exchange, std::move(response));
}

}  // namespace millwright::api::openai
