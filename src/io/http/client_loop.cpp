#include "io/http/client_loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "io/http/client_response.hpp"
#include "io/http/egress.hpp"
#include "io/http/request_head.hpp"
#include "io/http/transport.hpp"
#include "io/http/tunnel.hpp"

namespace millwright::io::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds address_timeout_min{250};

std::unexpected<Error> cancelled() { return fail(ErrorCode::Cancelled, "the request was cancelled"); }

std::unexpected<Error> overloaded(const Origin& origin) {
  auto error = fail(ErrorCode::Unavailable, "all connections to {} are in use", origin.authority());
  error.error().retry_after = std::chrono::seconds(1);
  return error;
}

}  // namespace

/// What stays the same through one send.
struct ClientLoop::Call {
  const Origin& origin;
  const Proxy* proxy;  // or nullptr
  Instant until;
  const std::shared_ptr<Cancellation::State>& cancellation;

  [[nodiscard]] milliseconds left() const {
    const auto time = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    return std::max(time, milliseconds(0));
  }
  [[nodiscard]] bool is_cancelled() const { return cancellation && cancellation->is_cancelled; }
  /// Who is being connected to, for errors.
  [[nodiscard]] std::string peer() const {
    return proxy == nullptr ? origin.authority()
                            : fmt::format("the proxy {} for {}", proxy->name(), origin.authority());
  }
};

Result<SSL_CTX*> ClientCore::tls() {
  std::call_once(tls_once_, [this] { tls_ = make_client_tls(options_.ca_file); });
  if (!tls_) return std::unexpected(tls_.error());
  return tls_->get();
}

ClientLoop::ClientLoop(std::shared_ptr<ClientCore> core, Executor executor, Ticker& ticker)
    : core_(std::move(core)),
      executor_(executor),
      ticker_(ticker),
      resolver_(std::make_shared<Resolver>(executor)),
      sweep_(ticker, [](void* self) { static_cast<ClientLoop*>(self)->drop_stale(); }, this) {}

const Proxy* ClientLoop::proxy_of(const Origin& origin) const {
  if (!origin.unix_socket.empty()) return nullptr;
  const auto use = origin.transport ? origin.transport->proxy_use() : ProxyUse::Environment;
  if (use == ProxyUse::Direct) return nullptr;
  if (use == ProxyUse::Own) return &*origin.transport->proxy();
  return core_->options().proxies.find(origin.is_tls, origin.host, origin.port);
}

OriginPool& ClientLoop::pool_of(const Origin& origin, const Proxy* proxy) {
  if (!origin.unix_socket.empty()) {
    key_.assign("unix ").append(origin.unix_socket);
  } else {
    key_.assign(origin.is_tls ? "tls " : "tcp ").append(origin.host).push_back(' ');
    key_.push_back(static_cast<char>(origin.port >> 8));
    key_.push_back(static_cast<char>(origin.port & 0xff));
    if (proxy != nullptr) key_.append(proxy->name()).append(proxy->authorization);
  }
  if (origin.transport) key_.append(" by ").append(std::to_string(origin.transport->id()));
  return pools_[key_];
}

Task<Result<std::unique_ptr<ClientResponse>>> ClientLoop::send(
    const Origin& origin, ClientRequest request, milliseconds timeout, std::shared_ptr<Cancellation::State> cancellation) {
  const std::shared_ptr<ClientLoop> self = shared_from_this();   // a client may end while its requests run
  const Proxy* const proxy = proxy_of(origin);
  const Call call{origin, proxy, std::chrono::steady_clock::now() + timeout, cancellation};
  if (call.is_cancelled()) co_return cancelled();
  if (const EgressGuard* guard = core_->guard(); guard != nullptr && origin.unix_socket.empty()) {
    auto allowed = guard->check_host(origin.host, origin.port);
    // Through a proxy only a literal address is known here; what a name means is for the proxy to find out.
    boost::system::error_code no_address;
    const auto literal = boost::asio::ip::make_address(origin.host, no_address);
    if (allowed && proxy != nullptr && !no_address) {
      allowed = guard->check_address(origin.host, origin.port, literal.to_string());
    }
    if (!allowed) co_return pass(allowed);
  }
  // Plain HTTP is asked of the proxy itself; TLS runs through a tunnel, where the proxy sees nothing.
  auto head = render_request_head(origin, request, origin.is_tls ? nullptr : proxy);
  if (!head) co_return pass(head);
  OriginPool& pool = pool_of(origin, proxy);
  const auto body = request.method == Method::Head ? BodyOfResponse::Absent : BodyOfResponse::Expected;
  std::unique_ptr<ClientConnection> connection = take_idle(pool);
  while (true) {
    if (!connection) {
      auto made = co_await connect(call, pool);
      if (!made) co_return pass(made);
      connection = std::move(*made);
    }
    connection->wire.expire_after(call.left());
    connection->obey(cancellation);
    auto response = std::make_unique<PooledResponse>(self, std::move(connection),
                                                     core_->options().header_bytes_max, body);
    auto outcome = co_await response->exchange(*head, request.body);
    if (outcome) co_return std::unique_ptr<ClientResponse>(std::move(response));
    // A connection that died while it waited is replaced by a new one, which is never "reused": once.
    if (!response->is_stale()) co_return pass(outcome);
  }
}

std::unique_ptr<ClientConnection> ClientLoop::take_idle(OriginPool& pool) {
  while (!pool.idle.empty()) {
    std::unique_ptr<ClientConnection> connection = std::move(pool.idle.back());
    pool.idle.pop_back();
    if (!connection->is_quiet()) continue;
    connection->is_reused = true;
    return connection;
  }
  return nullptr;
}

void ClientLoop::keep(std::unique_ptr<ClientConnection> connection) {
  OriginPool& pool = connection->pool();
  if (pool.idle.size() >= core_->options().idle_connections_per_origin_max) return;
  connection->wire.never_expire();
  connection->obey_nobody();
  connection->buffer.shrink();
  connection->idle_since = std::chrono::steady_clock::now();
  pool.idle.push_back(std::move(connection));
  if (!sweep_.is_set()) sweep_.expire_after(core_->options().idle_connection_age_max);
}

void ClientLoop::drop_stale() {
  const auto oldest = std::chrono::steady_clock::now() - core_->options().idle_connection_age_max;
  bool is_any_left = false;
  for (auto& [key, pool] : pools_) {
    std::erase_if(pool.idle, [&](const auto& each) { return each->idle_since <= oldest || !each->is_quiet(); });
    is_any_left = is_any_left || !pool.idle.empty();
  }
  if (is_any_left) sweep_.expire_after(std::max(core_->options().idle_connection_age_max / 4, milliseconds(50)));
}

void ClientLoop::close_idle() {
  for (auto& [key, pool] : pools_) pool.idle.clear();
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientLoop::connect(const Call& call, OriginPool& pool) {
  if (pool.open >= core_->options().connections_per_origin_max) co_return overloaded(call.origin);
  const milliseconds timeout = std::min(call.left(), core_->options().connect_timeout);
  if (!call.origin.unix_socket.empty()) {
    // A path longer than the system allows makes the endpoint throw.
    if (call.origin.unix_socket.size() > 107) {
      co_return fail(ErrorCode::InvalidConfig, "the socket path {} is too long", call.origin.unix_socket);
    }
    const boost::asio::local::stream_protocol::endpoint endpoint(call.origin.unix_socket);
    auto connection = co_await connect_to(call, pool, endpoint, timeout);
    co_return connection;
  }
  auto connection = co_await connect_by_tcp(call, pool);
  if (!connection || !call.origin.is_tls) co_return connection;
  if (call.proxy != nullptr) {
    (*connection)->wire.expire_after(std::min(call.left(), core_->options().connect_timeout));
    auto opened = co_await open_tunnel(**connection, *call.proxy, call.origin.host, call.origin.port);
    if (call.is_cancelled()) co_return cancelled();
    if (!opened) co_return pass(opened);
  }
  auto secured = co_await secure(call, **connection);
  if (!secured) co_return pass(secured);
  co_return connection;
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientLoop::connect_by_tcp(const Call& call, OriginPool& pool) {
  const milliseconds timeout = std::min(call.left(), core_->options().connect_timeout);
  auto addresses = co_await resolver_->resolve(call.proxy != nullptr ? call.proxy->host : call.origin.host, timeout,
                                               call.cancellation);
  if (!addresses) co_return pass(addresses);
  auto connection = co_await connect_to_any(call, pool, std::move(*addresses));
  co_return connection;
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientLoop::connect_to_any(const Call& call, OriginPool& pool,
                                                                          Resolver::Addresses addresses) {
  const Origin& origin = call.origin;
  Result<std::unique_ptr<ClientConnection>> outcome = fail(ErrorCode::Unavailable, "{} has no address", call.peer());
  const auto until = std::chrono::steady_clock::now() + std::min(call.left(), core_->options().connect_timeout);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // Every address is checked at the moment it is used: a name may mean another one than a moment ago.
    if (core_->guard() != nullptr && call.proxy == nullptr) {
      auto allowed = core_->guard()->check_address(origin.host, origin.port, addresses[i].to_string());
      if (!allowed) {
        outcome = pass(allowed);
        continue;
      }
    }
    const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    const auto share = std::max(left / static_cast<int>(addresses.size() - i), address_timeout_min);
    const boost::asio::ip::tcp::endpoint endpoint(addresses[i], call.proxy != nullptr ? call.proxy->port : origin.port);
    outcome = co_await connect_to(call, pool, endpoint, std::min(share, std::max(left, milliseconds(0))));
    if (outcome || outcome.error().code == ErrorCode::Cancelled) break;
  }
  co_return outcome;
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientLoop::connect_to(const Call& call, OriginPool& pool,
                                                                      Wire::Socket::endpoint_type endpoint,
                                                                      milliseconds timeout) {
  auto connection = std::make_unique<ClientConnection>(Wire::Socket(executor_), ticker_, pool);
  connection->obey(call.cancellation);
  connection->wire.expire_after(timeout);
  const Wire::Code error = co_await connection->wire.connect(endpoint);
  if (call.is_cancelled()) co_return cancelled();
  if (connection->wire.interruption() == Interruption::Timeout) {
    co_return fail(ErrorCode::Timeout, "connecting to {} took too long", call.peer());
  }
  if (error) {
    co_return fail(ErrorCode::Unavailable, "cannot connect to {}: {}", call.peer(), error.message());
  }
  if (call.origin.unix_socket.empty()) {
    const int on = 1;
    ::setsockopt(connection->wire.socket().native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  co_return connection;
}

Task<Result<void>> ClientLoop::secure(const Call& call, ClientConnection& connection) {
  Result<SSL_CTX*> context = call.origin.transport ? call.origin.transport->tls() : nullptr;
  if (*context == nullptr) context = core_->tls();
  if (!context) co_return pass(context);
  connection.wire.expire_after(std::min(call.left(), core_->options().connect_timeout));
  const int descriptor = connection.wire.socket().native_handle();
  const Wire::Code error =
      co_await connection.wire.start_tls(make_client_session(*context, descriptor, call.origin.host));
  if (!error) co_return Result<void>();
  if (call.is_cancelled()) co_return cancelled();
  if (connection.wire.interruption() == Interruption::Timeout) {
    co_return fail(ErrorCode::Timeout, "the TLS handshake with {} took too long", call.origin.authority());
  }
  co_return fail(ErrorCode::UpstreamFailed, "the TLS handshake with {} failed: {}", call.origin.authority(),
                 handshake_failure(connection.wire.session(), call.origin.host));
}

}  // namespace millwright::io::http
