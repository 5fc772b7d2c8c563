#include "api/openai/batches.hpp"

#include "api/openai/batch_request.hpp"
#include "api/openai/paging.hpp"
#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"
#include "features/batches/batches.hpp"

namespace millwright::api::openai {
namespace {

using io::http::Response;

Response batch_answer(const batches::Batch& batch) {
  return response_answer(batches::to_json(batch), Id::generate().text());
}

io::Task<Result<Response>> create(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto body = parse_json_object(http.body);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    co_return pass(body);
  }
  auto request = parse_batch_request(*body, parts.clock->now());
  if (!request) co_return pass(request);
  request->caller = std::move(*caller);
  auto created = co_await io::run_blocking(
      *parts.pool, [batches = parts.batches, request = std::move(*request)]() { return batches->create(request); });
  if (!created) co_return pass(created);
  co_return batch_answer(*created);
}

io::Task<Result<Response>> list(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto query = read_page_query(http, 20, 100);
  if (!query) co_return pass(query);
  auto work = [batches = parts.batches, scope = gateway::response_scope(*caller), query = std::move(*query)]() {
    return batches->list(scope, query.after, query.limit);
  };
  auto page = co_await io::run_blocking(*parts.pool, std::move(work));
  if (!page) co_return pass(page);
  json::array data;
  for (const auto& batch : page->batches) data.push_back(batches::to_json(batch));
  co_return response_answer(page_json(std::move(data), page->has_more), Id::generate().text());
}

using Act = Result<batches::Batch> (batches::Batches::*)(const std::string& id, const std::string& scope);

io::Task<void> act_on(Parts parts, io::http::Exchange& exchange, Act act) {
  auto caller = read_caller(exchange.request(), parts);
  if (!caller) {
    co_await send_result(exchange, pass(caller));
    co_return;
  }
  auto work = [batches = parts.batches, act, id = id_in_path(exchange.request()),
               scope = gateway::response_scope(*caller)]() { return (batches->*act)(id, scope); };
  auto batch = co_await io::run_blocking(*parts.pool, std::move(work));
  co_await send_result(exchange, batch ? Result<Response>(batch_answer(*batch)) : pass(batch));
}

}  // namespace

io::Task<void> create_batch(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await create(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

io::Task<void> list_batches(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await list(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

io::Task<void> show_batch(Parts parts, io::http::Exchange& exchange) {
  return act_on(std::move(parts), exchange, &batches::Batches::load);
}

io::Task<void> cancel_batch(Parts parts, io::http::Exchange& exchange) {
  return act_on(std::move(parts), exchange, &batches::Batches::cancel);
}

}  // namespace millwright::api::openai
