#include "api/openai/response_show.hpp"

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

io::Task<Result<io::http::Response>> show(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  if (http.query_parameter("stream") == "true") {
    co_return field_error("stream", "a response is not streamed again; retrieve it without stream");
  }
  auto record = co_await parts.responses->load(response_id_of(http), gateway::response_scope(*caller));
  if (!record) co_return pass(record);
  if (http.query.find("reasoning.encrypted_content") == std::string::npos) hide_encrypted_reasoning(record->response);
  co_return response_answer(record->response, Id::generate().text());
}

}  // namespace

io::Task<void> show_response(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await show(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

}  // namespace millwright::api::openai
