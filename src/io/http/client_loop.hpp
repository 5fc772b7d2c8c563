// The client on one loop: takes a pooled connection or makes one, sends the request, reads the response head.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "io/http/client.hpp"
#include "io/http/client_connection.hpp"
#include "io/http/resolver.hpp"

namespace millwright::io::http {

/// What the loops of one client share.
class ClientCore {
 public:
  ClientCore(const EgressGuard* guard, ClientOptions options) : guard_(guard), options_(std::move(options)) {}
  [[nodiscard]] const ClientOptions& options() const { return options_; }
  /// Absent for requests of the command line, which go where their user says.
  [[nodiscard]] const EgressGuard* guard() const { return guard_; }
  /// Made at the first use: the certificates of the system cost memory that not every process needs.
  [[nodiscard]] Result<SSL_CTX*> tls();

 private:
  const EgressGuard* guard_;
  ClientOptions options_;
  std::once_flag tls_once_;
  Result<TlsContext> tls_ = TlsContext();
};

class ClientLoop : public std::enable_shared_from_this<ClientLoop> {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  ClientLoop(std::shared_ptr<ClientCore> core, Executor executor, Ticker& ticker);

  [[nodiscard]] Task<Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin, ClientRequest request,
                                                                   std::chrono::milliseconds timeout,
                                                                   std::shared_ptr<Cancellation::State> cancellation);
  /// Takes back a connection whose response was read to the end.
  void keep(std::unique_ptr<ClientConnection> connection);
  /// Closes every connection that waits; those in use close when their response is destroyed.
  void close_idle();

 private:
  struct Call;

  [[nodiscard]] OriginPool& pool_of(const Origin& origin, const Proxy* proxy);
  [[nodiscard]] std::unique_ptr<ClientConnection> take_idle(OriginPool& pool);
  [[nodiscard]] Task<Result<std::unique_ptr<ClientConnection>>> connect(const Call& call, OriginPool& pool);
  [[nodiscard]] Task<Result<std::unique_ptr<ClientConnection>>> connect_to(const Call& call, OriginPool& pool,
                                                                          Wire::Socket::endpoint_type endpoint,
                                                                          std::chrono::milliseconds timeout);
  [[nodiscard]] Task<Result<std::unique_ptr<ClientConnection>>> connect_to_any(const Call& call, OriginPool& pool,
                                                                              Resolver::Addresses addresses);
  /// To the call's origin, or to its proxy.
  [[nodiscard]] Task<Result<std::unique_ptr<ClientConnection>>> connect_by_tcp(const Call& call, OriginPool& pool);
  [[nodiscard]] Task<Result<void>> secure(const Call& call, ClientConnection& connection);
  [[nodiscard]] const Proxy* proxy_of(const Origin& origin) const;
  void drop_stale();

  std::shared_ptr<ClientCore> core_;
  Executor executor_;
  Ticker& ticker_;
  std::shared_ptr<Resolver> resolver_;
  std::unordered_map<std::string, OriginPool> pools_;
  std::string key_;      // of the pool being looked for
  Deadline sweep_;
};

}  // namespace millwright::io::http
