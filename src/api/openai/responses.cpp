#include "api/openai/responses.hpp"

#include <exception>

#include <spdlog/spdlog.h>

#include "api/openai/response_background.hpp"
#include "api/openai/response_calls.hpp"
#include "api/openai/response_stream.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

/// The answer outlives a failure to keep it: it has been paid for. It then says that it is not stored.
io::Task<void> keep(Parts parts, const ResponseCall& call, ResponseBuilder& builder) {
  if (!call.request.is_stored) co_return;
  auto stored = co_await parts.responses->insert(record_of(call, builder.response()), call.scope);
  if (stored) co_return;
  spdlog::error("the response {} could not be stored: {}", call.frame.id, describe(stored.error()));
  builder.mark_not_stored();
}

io::Task<void> answer_whole(Parts parts, io::http::Exchange& exchange, ResponseCall call) {
  ResponseBuilder builder(call.frame);
  auto outcome = co_await parts.gateway->chat(std::move(call.chat));
  rename_messages(outcome, "input");
  io::http::Response response;
  if (outcome.error) {
    response = error_response(*outcome.error, outcome.error_from_provider, outcome.trace.id.text());
  } else {
    build_whole(builder, outcome, parts.clock->now());
    co_await keep(parts, call, builder);
    response = response_answer(builder.shown_response(), outcome.trace.id.text());
  }
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  add_rate_headers(response.headers, outcome.rates);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;  // the caller has gone; the call is settled
}

/// Decides everything and calls nobody.
io::Task<void> answer_dry_run(Parts parts, io::http::Exchange& exchange, ResponseCall call) {
  auto outcome = co_await parts.gateway->chat(std::move(call.chat));
  rename_messages(outcome, "input");
  io::http::Response response;
  if (outcome.error) {
    response = error_response(*outcome.error, outcome.error_from_provider, outcome.trace.id.text());
  } else {
    response.headers.set("Content-Type", "application/json");
    response.body = std::move(outcome.body);
  }
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

io::Task<void> converse(const Parts& parts, io::http::Exchange& exchange, ResponseEventStream& stream,
                        ResponseCall call) {
  auto outcome = co_await parts.gateway->chat(std::move(call.chat));
  rename_messages(outcome, "input");
  if (!exchange.has_started() && outcome.error) {
    auto response = error_response(*outcome.error, outcome.error_from_provider, outcome.trace.id.text());
    add_call_headers(response.headers, outcome.trace, CostHeader::Add);
    add_rate_headers(response.headers, outcome.rates);
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
    co_return;
  }
  if (!exchange.has_started()) {  // an answer without a single chunk
    auto started = co_await stream.begin(outcome.trace);
    if (!started) co_return;
  }
  auto& builder = stream.builder();
  if (!outcome.error)
    builder.end(seconds_of(parts.clock->now()));
  else if (outcome.error->code == ErrorCode::Cancelled)
    builder.end_cancelled();
  else
    builder.end_failed(failure_of(outcome));
  co_await keep(parts, call, builder);  // what a client is told to be complete can also be retrieved
  co_await stream.finish(outcome.trace);
}

io::Task<void> answer_stream(Parts parts, io::http::Exchange& exchange, ResponseCall call) {
  ResponseEventStream stream(exchange, call.frame);
  call.chat.sink = &stream;
  std::exception_ptr thrown;
  try {
    co_await converse(parts, exchange, stream, std::move(call));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await stream.stop();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

io::Task<void> create_response(Parts parts, io::http::Exchange& exchange) {
  auto call = co_await read_response_call(parts, exchange.request());
  if (!call) {
    co_await send_result(exchange, pass(call));
    co_return;
  }
  if (call->request.is_background && !call->chat.is_dry_run) {
    co_await answer_background(parts, exchange, std::move(*call));
    co_return;
  }
  call->chat.on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  if (call->chat.is_dry_run)
    co_await answer_dry_run(parts, exchange, std::move(*call));
  else if (call->request.is_streamed)
    co_await answer_stream(parts, exchange, std::move(*call));
  else
    co_await answer_whole(parts, exchange, std::move(*call));
}

}  // namespace millwright::api::openai
