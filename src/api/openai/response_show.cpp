#include "api/openai/response_show.hpp"

#include <charconv>

#include "api/openai/response_background.hpp"
#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

/// The number of the first event to send; nothing where the response itself is asked for.
Result<std::optional<std::size_t>> first_event_of(const io::http::Request& http) {
  const auto stream = http.query_parameter("stream").value_or("false");
  if (stream != "true" && stream != "false") return field_error("stream", "stream must be true or false");
  const auto after = http.query_parameter("starting_after");
  if (stream == "false") {
    if (after) return field_error("starting_after", "starting_after needs stream=true");
    return std::nullopt;
  }
  if (!after) return 0;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(after->data(), after->data() + after->size(), number);
  if (error != std::errc() || end != after->data() + after->size() || number >= UINT32_MAX) {
    return field_error("starting_after", "starting_after must be the sequence number of an event");
  }
  return number + 1;
}

/// The log of a response that its caller may see.
io::Task<Result<std::shared_ptr<ResponseLog>>> find_log(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  const auto id = response_id_of(http);
  auto record = co_await parts.responses->load(id, gateway::response_scope(*caller));
  if (!record) co_return pass(record);
  auto log = parts.logs->find(id, parts.clock->now());
  if (log) co_return log;
  auto error = field_error("stream", "the events of this response are not kept, or no longer");
  error.error().fix = "Retrieve it without stream. Events are kept of responses made with background and stream, for "
                      "ten minutes after their end.";
  co_return error;
}

io::Task<Result<io::http::Response>> show(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto record = co_await parts.responses->load(response_id_of(http), gateway::response_scope(*caller));
  if (!record) co_return pass(record);
  if (http.query.find("reasoning.encrypted_content") == std::string::npos) hide_encrypted_reasoning(record->response);
  co_return response_answer(record->response, Id::generate().text());
}

}  // namespace

io::Task<void> show_response(Parts parts, io::http::Exchange& exchange) {
  auto first = first_event_of(exchange.request());
  if (!first) {
    co_await send_result(exchange, pass(first));
    co_return;
  }
  if (!*first) {
    auto result = co_await show(parts, exchange.request());
    co_await send_result(exchange, std::move(result));
    co_return;
  }
  auto log = co_await find_log(parts, exchange.request());
  if (!log)
    co_await send_result(exchange, pass(log));
  else
    co_await follow_log(exchange, std::move(*log), **first);
}

}  // namespace millwright::api::openai
