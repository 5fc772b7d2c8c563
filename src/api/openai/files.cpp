#include "api/openai/files.hpp"

#include "api/openai/paging.hpp"
#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"
#include "api/openai/upload.hpp"
#include "features/batches/batches.hpp"

namespace millwright::api::openai {
namespace {

using io::http::Response;

io::http::Response json_answer(const json::object& body) { return response_answer(body, Id::generate().text()); }

io::Task<Result<Response>> create(Parts parts, io::http::Exchange& exchange) {
  const auto& http = exchange.request();
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto boundary = io::http::multipart_boundary(http.headers.find("content-type"));
  if (!boundary) co_return pass(boundary);
  auto* upload = dynamic_cast<Upload*>(exchange.body_reader());
  if (upload == nullptr || upload->scope() != gateway::response_scope(*caller)) {
    co_return fail(ErrorCode::Unavailable, "the file was not taken; send it again");   // the key changed meanwhile
  }
  auto kept = co_await io::run_blocking(*parts.pool, [self = upload->shared_from_this()]() { return self->finish(); });
  if (!kept) co_return pass(kept);
  co_return json_answer(batches::to_json(*kept));
}

io::Task<Result<Response>> list(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto page = read_page_query(http, 10'000, 10'000);
  if (!page) co_return pass(page);
  batches::FileQuery query{gateway::response_scope(*caller), http.query_parameter("purpose").value_or(""), page->after,
                           page->limit, page->is_ascending};
  auto found = co_await io::run_blocking(*parts.pool, [files = &parts.batches->files(), query = std::move(query)]() {
    return files->list(query);
  });
  if (!found) co_return pass(found);
  json::array data;
  for (const auto& file : found->files) data.push_back(batches::to_json(file));
  co_return json_answer(page_json(std::move(data), found->has_more));
}

io::Task<Result<batches::FileRecord>> find(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto work = [files = &parts.batches->files(), id = id_in_path(http), scope = gateway::response_scope(*caller)]() {
    return files->load(id, scope);
  };
  auto found = co_await io::run_blocking(*parts.pool, std::move(work));
  co_return found;
}

io::Task<Result<Response>> remove(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  const auto id = id_in_path(http);
  auto work = [batches = parts.batches, id, scope = gateway::response_scope(*caller)]() {
    return batches->remove_file(id, scope);
  };
  auto removed = co_await io::run_blocking(*parts.pool, std::move(work));
  if (!removed) co_return pass(removed);
  co_return json_answer({{"id", id}, {"object", "file"}, {"deleted", true}});
}

/// The bytes, piece by piece; a failure after the first leaves the answer without its end.
io::Task<void> send_pieces(Parts parts, io::http::Exchange& exchange, std::shared_ptr<store::SealedFileReader> reader) {
  Response head;
  head.headers.set("Content-Type", "application/octet-stream");
  head.headers.set("X-Content-Type-Options", "nosniff");
  head.headers.set("x-request-id", Id::generate().text());
  bool has_begun = false;
  for (;;) {
    auto piece = co_await io::run_blocking(*parts.pool, [reader]() { return reader->next(); });
    if (!piece && !has_begun) {
      co_await send_result(exchange, pass(piece));
      co_return;
    }
    if (!piece) {
      exchange.abort();
      co_return;
    }
    if (!has_begun) {
      auto started = co_await exchange.start_stream(std::move(head));
      if (!started) co_return;
      has_begun = true;
    }
    if (!*piece) break;
    auto written = co_await exchange.write(**piece);
    if (!written) co_return;
  }
  auto finished = co_await exchange.finish_stream();
  (void)finished;   // the caller has gone
}

}  // namespace

io::Task<void> create_file(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await create(parts, exchange);
  co_await send_result(exchange, std::move(result));
}

io::Task<void> list_files(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await list(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

io::Task<void> show_file(Parts parts, io::http::Exchange& exchange) {
  auto file = co_await find(parts, exchange.request());
  Result<Response> result = file ? Result<Response>(json_answer(batches::to_json(*file))) : pass(file);
  co_await send_result(exchange, std::move(result));
}

io::Task<void> send_file_content(Parts parts, io::http::Exchange& exchange) {
  auto file = co_await find(parts, exchange.request());
  auto reader = file ? parts.batches->files().read(*file) : Result<store::SealedFileReader>(pass(file));
  if (!reader) {
    co_await send_result(exchange, pass(reader));
    co_return;
  }
  co_await send_pieces(parts, exchange, std::make_shared<store::SealedFileReader>(std::move(*reader)));
}

io::Task<void> delete_file(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await remove(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

}  // namespace millwright::api::openai
