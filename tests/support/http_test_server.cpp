#include "tests/support/http_test_server.hpp"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

namespace millwright::test {

using io::Executor;
using io::Task;
using io::http::Exchange;
using io::http::Response;

namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

Response text(std::string body) { return {200, {{"Content-Type", "text/plain"}}, std::move(body)}; }

Task<void> hang(HttpTestServer& self, Exchange& exchange) {
  const Executor executor = co_await io::this_executor();
  Timer timer(executor, std::chrono::hours(1));
  exchange.on_client_gone([&timer] { timer.cancel(); });
  self.hanging.set_value();
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
  if (exchange.is_client_gone()) self.noticed.set_value();
}

Task<void> stream(Exchange& exchange) {
  auto started = co_await exchange.start_stream({200, {{"Content-Type", "text/event-stream"}}, {}});
  if (!started) co_return;
  for (const std::string_view piece : {"one ", "", "two ", "three"}) {
    const auto written = co_await exchange.write(piece);
    if (!written) co_return;
  }
  const auto finished = co_await exchange.finish_stream();
  static_cast<void>(finished);
}

/// Streams until the client takes no more, then says so.
Task<void> flood(HttpTestServer& self, Exchange& exchange) {
  const auto started = co_await exchange.start_stream({200, {}, {}});
  if (!started) co_return;
  const std::string piece(1u << 20, 'x');
  while (true) {
    const auto written = co_await exchange.write(piece);
    if (written) continue;
    self.flood_ended.set_value(written.error().code);
    co_return;
  }
}

std::string headers_of(Exchange& exchange) {
  std::string all;
  for (const auto& [name, value] : exchange.request().headers) all += fmt::format("{}={};", name, value);
  return all;
}

}  // namespace

Task<void> HttpTestServer::handle(HttpTestServer& self, Exchange& exchange) {
  ++self.handled;
  const std::string path = exchange.request().path;
  if (path == "/hang") {
    co_await hang(self, exchange);
    co_return;
  }
  if (path == "/stream") {
    co_await stream(exchange);
    co_return;
  }
  if (path == "/flood") {
    co_await flood(self, exchange);
    co_return;
  }
  if (path == "/throw") throw std::runtime_error("on purpose");
  if (path == "/silent") co_return;
  if (path == "/abort") {
    const auto started = co_await exchange.start_stream({200, {}, {}});
    const auto written = co_await exchange.write("half");
    exchange.abort();
    co_return;
  }
  Response response = text("hello");
  if (path == "/echo") response = text(exchange.request().body);
  if (path == "/headers") response = text(headers_of(exchange));
  if (path == "/peer") response = text(exchange.request().peer + (exchange.request().is_local_owner ? " owner" : ""));
  if (path == "/secure") response = text(exchange.request().is_secure ? "secure" : "plain");
  if (path == "/big") response = text(std::string(8u << 20, 'b'));
  if (path == "/none") response = {204, {}, {}};
  if (path == "/forge") response.headers.add("X-A", "b\r\nX-Forged: c");
  if (path == "/close") response.headers.add("Connection", "close");
  const auto sent = co_await exchange.send(std::move(response));
  if (path != "/twice" || !sent) co_return;
  const auto again = co_await exchange.send(text("again"));
  self.second_send.set_value(!again.has_value());
}

HttpTestServer::HttpTestServer(io::http::ServerOptions options, unsigned loops)
    : runtime({.loops = loops, .blocking_threads = 1}) {
  runtime.start();
  server = std::make_unique<io::http::Server>(runtime, std::move(options),
                                              [this](Exchange& exchange) { return handle(*this, exchange); });
  const auto started = server->start();
  if (!started) throw std::runtime_error(describe(started.error()));
}

HttpTestServer::~HttpTestServer() { server->stop(std::chrono::milliseconds(0)); }

}  // namespace millwright::test
