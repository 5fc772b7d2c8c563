#include "api/openai/response_cancel.hpp"

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

/// Idempotent: what has ended is given as it is.
io::Task<Result<io::http::Response>> cancel(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  const auto id = response_id_of(http);
  const auto scope = gateway::response_scope(*caller);
  auto record = co_await parts.responses->load(id, scope);
  if (!record) co_return pass(record);
  const auto* background = find_member(record->response, "background");
  if (background == nullptr || *background != true) {
    auto error = field_error("response_id", "only a response made with background: true can be cancelled");
    error.error().fix = "To stop another, close its connection.";
    co_return error;
  }
  auto cancelled = co_await parts.responses->cancel(id, scope);
  if (!cancelled) co_return pass(cancelled);
  if (*cancelled) {
    parts.background->cancel(id);
    record = co_await parts.responses->load(id, scope);
    if (!record) co_return pass(record);
  }
  hide_encrypted_reasoning(record->response);
  co_return response_answer(record->response, Id::generate().text());
}

}  // namespace

io::Task<void> cancel_response(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await cancel(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

}  // namespace millwright::api::openai
