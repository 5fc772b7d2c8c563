// A running server whose handler does, on request, what handlers do: answer, echo, stream, hang, throw.
#pragma once

#include <atomic>
#include <future>
#include <memory>

#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::test {

class HttpTestServer {
 public:
  /// Throws when the server cannot start.
  explicit HttpTestServer(io::http::ServerOptions options = {}, unsigned loops = 2);
  ~HttpTestServer();
  HttpTestServer(const HttpTestServer&) = delete;
  HttpTestServer& operator=(const HttpTestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server->port(); }

  io::Runtime runtime;
  std::atomic<int> handled{0};
  std::promise<void> hanging;               // a handler of /hang waits
  std::promise<void> noticed;               // and its client is gone
  std::promise<ErrorCode> flood_ended;      // why /flood stopped
  std::promise<bool> second_send;           // /twice: the second answer was refused
  std::unique_ptr<io::http::Server> server;

 private:
  /// Every path is a behaviour.
  static io::Task<void> handle(HttpTestServer& self, io::http::Exchange& exchange);
};

}  // namespace millwright::test
