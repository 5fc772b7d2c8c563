#include "io/http/server_loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "io/http/connection.hpp"
#include "io/http/response_head.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t refusing_max = 128;
constexpr std::size_t linger_bytes_max = 256u << 10;
constexpr Duration out_of_descriptors_pause = 50ms;

/// Only the user who runs the server, or root, may use the control socket, whatever the mode of its file.
bool is_owner(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

void tune(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

void ServerCore::enter() {
  const std::lock_guard lock(mutex);
  ++live;
}

void ServerCore::leave() {
  const std::lock_guard lock(mutex);
  if (--live == 0) became_quiet.notify_all();
}

std::string_view ServerLoop::date() {
  const std::time_t now = ::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = render_http_date(now);
  }
  return date_;
}

void ServerLoop::listen(std::shared_ptr<ServerLoop> self, int descriptor, Entrance entrance) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  auto acceptor = std::make_shared<Acceptor>(self->executor_);
  acceptor->assign(boost::asio::generic::stream_protocol(address.ss_family, 0), descriptor);
  self->acceptors_.push_back(acceptor);
  self->core_->enter();
  const Executor executor = self->executor_;
  spawn(executor, "http accept", accept(std::move(self), std::move(acceptor), entrance));
}

Task<void> ServerLoop::accept(std::shared_ptr<ServerLoop> self, std::shared_ptr<Acceptor> acceptor,
                              Entrance entrance) {
  constexpr auto awaited = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
  while (!self->core_->is_stopping) {
    Wire::Socket socket(self->executor_);
    const auto [error] = co_await acceptor->async_accept(socket, awaited);
    if (self->core_->is_stopping || error == boost::asio::error::operation_aborted) break;
    if (!error) {
      admit(self, std::move(socket), entrance);
    } else if (error == boost::asio::error::no_descriptors || error == boost::asio::error::no_memory) {
      spdlog::warn("cannot accept a connection: {}", error.message());
      const auto waited = co_await sleep_for(out_of_descriptors_pause);
      if (!waited) break;
    }
  }
  self->core_->leave();
}

void ServerLoop::admit(const std::shared_ptr<ServerLoop>& self, Wire::Socket socket, Entrance entrance) {
  ServerCore& core = *self->core_;
  if (entrance == Entrance::ControlSocket) {
    if (!is_owner(socket.native_handle())) return;
  } else {
    tune(socket.native_handle());
  }
  const bool fits = core.open.fetch_add(1) < core.options.connections_max || entrance == Entrance::ControlSocket;
  core.enter();
  if (fits) {
    auto connection = std::make_shared<Connection>(std::move(socket), self, entrance);
    return spawn(self->executor_, "http connection", Connection::serve(std::move(connection)));
  }
  core.open.fetch_sub(1);
  // Past this many, or where the words would have to be encrypted first, the connection is just closed.
  if (core.options.tls || core.refusing.fetch_add(1) >= refusing_max) {
    if (!core.options.tls) core.refusing.fetch_sub(1);
    return core.leave();
  }
  spawn(self->executor_, "http refusal", refuse(self, std::move(socket)));
}

Task<void> ServerLoop::refuse(std::shared_ptr<ServerLoop> self, Wire::Socket socket) {
  {
    Wire wire(std::move(socket), self->ticker_);
    const Response response = make_refusal({503, "too_many_connections", "this server has no connection to spare"});
    std::string head;
    render_head(head, response, {Framing::Length, Persistence::Close, self->date()});
    Wire::Pieces pieces{head, response.body, {}};
    if (!wire.try_write(pieces)) co_await wire.linger(1s, linger_bytes_max);
  }
  self->core_->refusing.fetch_sub(1);
  self->core_->leave();
}

void ServerLoop::drain() {
  for (const auto& acceptor : acceptors_) {
    boost::system::error_code ignored;
    acceptor->close(ignored);
  }
  acceptors_.clear();
  for (Connection* connection : connections_) connection->drain();
}

void ServerLoop::close_all() {
  // A connection that is broken off leaves the set only when its coroutine next runs.
  for (Connection* connection : connections_) connection->break_off();
}

}  // namespace millwright::io::http
