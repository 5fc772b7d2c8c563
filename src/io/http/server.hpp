// The HTTP/1.1 server: one acceptor a loop (SO_REUSEPORT), TLS when configured, limits on everything.
//
// A connection lives on its loop. The server reads a whole request (bounded), calls the handler, and the handler
// answers through the Exchange: one Response, or a stream written piece by piece with back-pressure. What a handler
// throws becomes a 500 with an id. Malformed requests (see docs: request smuggling cases) are answered 400 and closed
// without reaching a handler.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/http/message.hpp"
#include "io/loop/task.hpp"

namespace millwright::io {
class Runtime;
}

namespace millwright::io::http {

struct TlsFiles {
  std::string certificate_file;   // PEM chain
  std::string key_file;           // PEM
};

/// Takes the body of one request as it arrives, instead of Request::body: for what is too large to be held.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Of the whole body; a longer one is refused with 413 and reaches no handler.
  [[nodiscard]] virtual std::size_t bytes_max() const = 0;
  /// The next piece, on the connection's loop; no more is read until it is done. What fails is the reader's to remember:
  /// the handler asks it.
  [[nodiscard]] virtual Task<void> take(std::string bytes) = 0;
};
/// Asked once the head of a request has arrived, on its loop, without waiting; nothing: the body goes into the request.
using ChooseBodyReader = std::function<std::shared_ptr<BodyReader>(const Request&)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;                         // 0: the system chooses; see Server::port
  std::optional<TlsFiles> tls;
  std::size_t header_bytes_max = 32u << 10;
  std::size_t body_bytes_max = 32u << 20;
  std::size_t body_bytes_total_max = 1u << 30;    // of all large bodies held at once; beyond it: 503
  std::size_t connections_max = 10'000;           // beyond it: 503 with Retry-After, then close
  std::chrono::milliseconds header_timeout{10'000};   // a request line and headers must arrive within
  std::chrono::milliseconds body_timeout{60'000};     // and a second more for each 64 KiB that arrived
  std::chrono::milliseconds idle_timeout{75'000};     // keep-alive
  std::chrono::milliseconds write_timeout{60'000};    // no progress for so long: close
  ChooseBodyReader choose_body_reader;                // empty: every body goes into its request
};

/// One request and its answer. Lives on its connection's loop; a handler uses it until it returns.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual Request& request() = 0;
  /// What has taken the whole body, where the server chose one for this request.
  [[nodiscard]] virtual BodyReader* body_reader() { return nullptr; }

  /// Sends a whole answer. At most one of send and start_stream is called, once.
  [[nodiscard]] virtual Task<Result<void>> send(Response response) = 0;

  /// Sends status and headers of a chunked answer, then writes flush one chunk each.
  [[nodiscard]] virtual Task<Result<void>> start_stream(Response head) = 0;
  [[nodiscard]] virtual Task<Result<void>> write(std::string_view bytes) = 0;
  [[nodiscard]] virtual Task<Result<void>> finish_stream() = 0;
  /// Closes without a clean end, so that the client sees the truncation.
  virtual void abort() = 0;
  [[nodiscard]] virtual bool has_started() const = 0;

  /// Calls `gone` once, on this loop, when the client closes while the handler runs. Set before a long wait;
  /// nothing takes it back. What it captures must live until then, also through writes that find the client gone.
  virtual void on_client_gone(std::function<void()> gone) = 0;
  [[nodiscard]] virtual bool is_client_gone() const = 0;
};

using Handler = std::function<Task<void>(Exchange&)>;

class Server {
 public:
  /// `runtime` and `handler` outlive the server.
  Server(Runtime& runtime, ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and listens on every loop; fails with the address in the message.
  [[nodiscard]] Result<void> start();
  /// Also answers on a Unix socket that only its owner may open (mode 0600). Requests carry is_local_owner.
  [[nodiscard]] Result<void> start_control_socket(const std::string& path);
  [[nodiscard]] std::uint16_t port() const;
  /// Reads certificate and key anew; connections that follow use them. A bad file changes nothing.
  [[nodiscard]] Result<void> reload_tls();

  /// Stops accepting, answers what runs until `grace` passes, then closes. Returns when no connection is left.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] std::size_t open_connections() const;

 private:
  [[nodiscard]] bool wait_is_over(bool is_running, std::chrono::milliseconds time);

  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millwright::io::http
