#include "api/openai/operations.hpp"

namespace millwright::api::openai {
namespace {

using gateway::Operation;

Result<gateway::ChatCall> read_call(const io::http::Request& request, const Parts& parts, Operation operation) {
  auto caller = read_caller(request, parts);
  if (!caller) return pass(caller);
  auto body = parse_json_object(request.body, {}, JsonMemory::Pooled);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    return pass(body);
  }
  auto checked = gateway::parse_operation_request(operation, std::move(*body));
  if (!checked) return pass(checked);
  gateway::ChatCall call;
  call.caller = std::move(*caller);
  take_over(call.request, std::move(*checked));
  call.is_dry_run = request.headers.find("x-millwright-dry-run") == "1";
  call.surface = gateway::operation_name(operation);
  return call;
}

io::Task<void> operate(Parts parts, io::http::Exchange& exchange, Operation operation) {
  auto call = read_call(exchange.request(), parts, operation);
  if (!call) {
    auto refused = co_await exchange.send(error_response(call.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  call->on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  auto outcome = co_await parts.gateway->chat(std::move(*call));
  auto response = whole_response(outcome);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;   // the caller has gone; the call is settled
}

}  // namespace

io::Task<void> embeddings(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Embeddings);
}
io::Task<void> moderations(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Moderations);
}
io::Task<void> rerank(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Rerank);
}

}  // namespace millwright::api::openai
