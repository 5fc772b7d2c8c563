#include "api/openai/response_delete.hpp"

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

io::Task<Result<io::http::Response>> forget(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  const auto id = response_id_of(http);
  const auto scope = gateway::response_scope(*caller);
  auto record = co_await parts.responses->load(id, scope);  // says why it is not there
  if (!record && record.error().code != ErrorCode::Corrupt) co_return pass(record);
  auto removed = co_await parts.responses->remove(id, scope);
  if (!removed) co_return pass(removed);
  parts.background->cancel(id);
  const json::object body{{"id", id}, {"object", "response"}, {"deleted", true}};
  co_return response_answer(body, Id::generate().text());
}

}  // namespace

io::Task<void> delete_response(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await forget(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

}  // namespace millwright::api::openai
