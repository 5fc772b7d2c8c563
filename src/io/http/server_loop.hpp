// What the server keeps for all loops, and what it keeps for one: listeners, open connections, the current date.
#pragma once

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "io/http/request_parser.hpp"
#include "io/http/server.hpp"
#include "io/http/wire.hpp"
#include "io/loop/ticker.hpp"

namespace millwright::io::http {

class Connection;

enum class Entrance : std::uint8_t { Tcp, ControlSocket };

/// Shared by all loops of one server.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  RequestLimits limits;
  std::atomic<std::shared_ptr<SSL_CTX>> tls;   // empty: plain
  std::atomic<std::size_t> open{0};            // connections
  std::atomic<std::size_t> refusing{0};        // connections that are being told to come back later
  std::atomic<std::size_t> body_bytes{0};      // of requests being read or handled
  std::atomic<bool> is_stopping{false};

  std::mutex mutex;
  std::condition_variable became_quiet;
  std::size_t live = 0;   // coroutines that accept or serve; guarded by mutex

  void enter();
  void leave();
};

/// One loop's part of a server. Lives on that loop.
class ServerLoop {
 public:
  ServerLoop(std::shared_ptr<ServerCore> core, Executor executor, Ticker& ticker)
      : core_(std::move(core)), executor_(executor), ticker_(ticker) {}

  [[nodiscard]] ServerCore& core() { return *core_; }
  [[nodiscard]] Ticker& ticker() { return ticker_; }
  [[nodiscard]] Executor executor() const { return executor_; }
  /// The Date header of this second.
  [[nodiscard]] std::string_view date();

  /// Accepts on a listening descriptor, which it takes over, until the server stops.
  static void listen(std::shared_ptr<ServerLoop> self, int descriptor, Entrance entrance);

  void enter(Connection& connection) { connections_.insert(&connection); }
  void leave(Connection& connection) { connections_.erase(&connection); }

  /// Stops accepting; connections without a request end at once, the others after their answer.
  void drain();
  /// Breaks off every connection.
  void close_all();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, Executor>;

  static Task<void> accept(std::shared_ptr<ServerLoop> self, std::shared_ptr<Acceptor> acceptor, Entrance entrance);
  static void admit(const std::shared_ptr<ServerLoop>& self, Wire::Socket socket, Entrance entrance);
  static Task<void> refuse(std::shared_ptr<ServerLoop> self, Wire::Socket socket);

  std::shared_ptr<ServerCore> core_;
  Executor executor_;
  Ticker& ticker_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
  std::unordered_set<Connection*> connections_;
  std::time_t date_second_ = 0;
  std::string date_;
};

}  // namespace millwright::io::http
