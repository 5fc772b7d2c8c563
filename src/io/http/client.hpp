// The HTTP/1.1 client: pooled keep-alive connections a loop, TLS with verification, deadlines, and the egress guard
// in front of every connection. Bodies can be read whole or piece by piece as they arrive.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/http/message.hpp"
#include "io/http/proxy.hpp"
#include "io/loop/task.hpp"

namespace millwright::io {
class Runtime;
}

namespace millwright::io::http {

class EgressGuard;
class Transport;

/// Where a request goes: scheme, host, port and base path, parsed once from configuration.
struct Origin {
  bool is_tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string base_path;      // "/v1", without a trailing slash
  std::string unix_socket;    // when set, connects there instead
  std::shared_ptr<const Transport> transport;   // absent: the client's own proxies and authorities

  /// "http://127.0.0.1:9100/v1"; credentials, query and fragment are refused.
  [[nodiscard]] static Result<Origin> parse(std::string_view url);
  [[nodiscard]] std::string authority() const;   // for Host: and as pool key
};

struct ClientOptions {
  std::size_t idle_connections_per_origin_max = 64;
  std::size_t connections_per_origin_max = 10'000;   // a loop
  std::size_t header_bytes_max = 64u << 10;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds idle_connection_age_max{60'000};
  std::string ca_file;        // empty: the system's store
  ProxyRules proxies;         // for origins whose transport does not say
};

struct ClientRequest {
  Method method = Method::Post;
  std::string path;           // appended to the origin's base path
  Headers headers;            // Host and Content-Length are set by the client
  std::string body;
};

/// Cancels what waits on it: a request, a stream. May be called from its own loop only.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  void cancel();
  [[nodiscard]] bool is_cancelled() const;
  struct State;
  [[nodiscard]] const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

/// A response whose head has arrived. Destroyed before its body is read to the end, it closes its connection;
/// read to the end, the connection goes back to the pool.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  [[nodiscard]] virtual std::uint16_t status() const = 0;
  [[nodiscard]] virtual const Headers& headers() const = 0;
  /// The next bytes of the body; empty at its clean end. A body cut short is UpstreamFailed. The view lives until the
  /// next read.
  [[nodiscard]] virtual Task<Result<std::string_view>> read_some() = 0;
  /// The rest of the body; TooLarge beyond `bytes_max`.
  [[nodiscard]] virtual Task<Result<std::string>> read_all(std::size_t bytes_max) = 0;
  /// Deadline of the next reads, counted from now.
  virtual void expire_after(std::chrono::milliseconds timeout) = 0;
};

class Client {
 public:
  /// `runtime` and `guard` outlive the client.
  Client(Runtime& runtime, const EgressGuard& guard, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends and waits for the response head, up to `timeout` in all. Errors: Unavailable (refused, no address),
  /// Timeout, UpstreamFailed (TLS, garbage, closed early, a proxy that refuses), Forbidden (egress guard, asked about the
  /// target; a proxy is reached because it is configured), Cancelled. A pooled connection
  /// found closed before the first byte is replaced once. Call on a loop thread; connections belong to that loop.
  /// `origin` outlives the task.
  [[nodiscard]] Task<Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin, ClientRequest request,
                                                                   std::chrono::milliseconds timeout,
                                                                   const Cancellation* cancellation = nullptr);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// One request from a thread that may block (command line, tests): connects, sends, reads the whole answer.
[[nodiscard]] Result<Response> fetch_blocking(const Origin& origin, ClientRequest request,
                                              std::chrono::milliseconds timeout);
/// The same, but a body of text/event-stream goes to `on_piece` as it arrives, on this thread, and not into the
/// response; `timeout` holds between pieces. When `stop` is requested, from any thread, the connection is closed:
/// Cancelled.
[[nodiscard]] Result<Response> fetch_blocking(const Origin& origin, ClientRequest request,
                                              std::chrono::milliseconds timeout,
                                              const std::function<void(std::string_view)>& on_piece,
                                              std::stop_token stop);

}  // namespace millwright::io::http
