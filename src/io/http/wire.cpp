#include "io/http/wire.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>

namespace millwright::io::http {
namespace {

using boost::asio::socket_base;
using Code = Wire::Code;

constexpr auto awaited = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
constexpr std::size_t tls_record_bytes = 16u << 10;

Code system_error(int number) { return {number, boost::system::system_category()}; }

std::size_t total_size(const Wire::Pieces& pieces) {
  std::size_t total = 0;
  for (const auto piece : pieces) total += piece.size();
  return total;
}

void cut_off(Wire::Pieces& pieces, std::size_t written) {
  for (auto& piece : pieces) {
    const std::size_t part = std::min(piece.size(), written);
    piece.remove_prefix(part);
    written -= part;
  }
}

}  // namespace

Wire::Wire(Socket socket, Ticker& ticker)
    : socket_(std::move(socket)),
      deadline_(ticker, [](void* wire) { static_cast<Wire*>(wire)->interrupt(Interruption::Timeout); }, this) {}

void Wire::interrupt(Interruption reason) {
  if (interruption_ == Interruption::None) interruption_ = reason;
  Code ignored;
  socket_.cancel(ignored);
}

Code Wire::interruption_code() const {
  if (interruption_ == Interruption::Timeout) return boost::asio::error::timed_out;
  return boost::asio::error::operation_aborted;
}

Task<Code> Wire::connect(Socket::endpoint_type endpoint) {
  if (interruption_ != Interruption::None) co_return interruption_code();
  const auto [error] = co_await socket_.async_connect(endpoint, awaited);
  if (interruption_ != Interruption::None) co_return interruption_code();
  co_return error;
}

Task<Code> Wire::wait(socket_base::wait_type direction) {
  if (interruption_ != Interruption::None) co_return interruption_code();
  const auto [error] = co_await socket_.async_wait(direction, awaited);
  if (interruption_ != Interruption::None) co_return interruption_code();
  co_return error;
}

Task<Code> Wire::start_tls(TlsSession session) {
  session_ = std::move(session);
  while (true) {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(session_.get());
    Code error = tls_outcome(outcome);
    if (error != boost::asio::error::would_block) co_return error;
    error = co_await wait(tls_wants_);
    if (error) co_return error;
  }
}

Task<Wire::Read> Wire::read_some(char* bytes, std::size_t size_max) {
  if (interruption_ != Interruption::None) co_return Read{interruption_code(), 0};
  if (session_) {
    const Read read = co_await read_some_tls(bytes, size_max);
    co_return read;
  }
  const auto [error, size] = co_await socket_.async_read_some(boost::asio::buffer(bytes, size_max), awaited);
  if (interruption_ != Interruption::None && size == 0) co_return Read{interruption_code(), 0};
  co_return Read{error, size};
}

Task<Wire::Read> Wire::read_some_tls(char* bytes, std::size_t size_max) {
  while (true) {
    ERR_clear_error();
    const int outcome = SSL_read(session_.get(), bytes, static_cast<int>(std::min<std::size_t>(size_max, 1u << 30)));
    if (outcome > 0) co_return Read{{}, static_cast<std::size_t>(outcome)};
    Code error = tls_outcome(outcome);
    if (error != boost::asio::error::would_block) co_return Read{error, 0};
    error = co_await wait(tls_wants_);
    if (error) co_return Read{error, 0};
  }
}

Code Wire::tls_outcome(int outcome) {
  if (outcome > 0) return {};
  const int system = errno;
  switch (SSL_get_error(session_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      tls_wants_ = socket_base::wait_read;
      return boost::asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      tls_wants_ = socket_base::wait_write;
      return boost::asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return boost::asio::error::eof;
    case SSL_ERROR_SYSCALL:
      return system != 0 ? system_error(system) : Code(boost::asio::error::connection_reset);
    default:
      if (const char* reason = ERR_reason_error_string(ERR_peek_last_error())) tls_failure_ = reason;
      return system_error(EPROTO);
  }
}

Code Wire::try_write(Pieces& pieces) {
  if (interruption_ != Interruption::None) return interruption_code();
  return session_ ? try_write_tls(pieces) : try_write_plain(pieces);
}

Code Wire::try_write_plain(Pieces& pieces) {
  while (true) {
    std::array<iovec, 3> vectors{};
    std::size_t count = 0;
    for (const auto piece : pieces) {
      if (piece.empty()) continue;
      vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    if (count == 0) return {};
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t written = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written >= 0) {
      if (static_cast<std::size_t>(written) == total_size(pieces)) return {};
      cut_off(pieces, static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return boost::asio::error::would_block;
    return system_error(errno);
  }
}

Code Wire::try_write_tls(Pieces& pieces) {
  while (true) {
    if (tls_pending_sent_ == tls_pending_.size()) {
      // Small pieces share a record: head and body of an answer travel together.
      tls_pending_.clear();
      tls_pending_sent_ = 0;
      for (const auto piece : pieces) {
        tls_pending_.append(piece.substr(0, tls_record_bytes - tls_pending_.size()));
      }
      cut_off(pieces, tls_pending_.size());
      if (tls_pending_.empty()) return {};
    }
    ERR_clear_error();
    const int outcome = SSL_write(session_.get(), tls_pending_.data() + tls_pending_sent_,
                                  static_cast<int>(tls_pending_.size() - tls_pending_sent_));
    if (outcome <= 0) return tls_outcome(outcome);
    tls_pending_sent_ += static_cast<std::size_t>(outcome);
  }
}

Task<Code> Wire::write_rest(Pieces pieces, Duration timeout) {
  Code error = boost::asio::error::would_block;
  while (error == boost::asio::error::would_block) {
    if (timeout != keeps_deadline) expire_after(timeout);
    const auto direction = session_ ? tls_wants_ : socket_base::wait_write;
    error = co_await wait(direction);
    if (!error) error = try_write(pieces);
  }
  if (timeout != keeps_deadline) never_expire();
  co_return error;
}

PeerState Wire::peek() {
  char byte = 0;
  if (session_) {
    ERR_clear_error();
    const int outcome = SSL_peek(session_.get(), &byte, 1);
    if (outcome > 0) return PeerState::HasBytes;
    return tls_outcome(outcome) == boost::asio::error::would_block ? PeerState::Quiet : PeerState::Closed;
  }
  const ssize_t seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen > 0) return PeerState::HasBytes;
  if (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return PeerState::Quiet;
  return PeerState::Closed;
}

void Wire::shutdown_send() {
  if (!socket_.is_open()) return;
  // One attempt at close_notify; a peer that does not read it is not waited for.
  if (session_ && SSL_is_init_finished(session_.get())) SSL_shutdown(session_.get());
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

Task<void> Wire::linger(Duration timeout, std::size_t bytes_max) {
  shutdown_send();
  resume();
  expire_after(timeout);
  std::array<char, 4096> dropped;
  std::size_t total = 0;
  while (total < bytes_max) {
    const auto [error, size] = co_await socket_.async_read_some(boost::asio::buffer(dropped), awaited);
    if (error || interruption_ != Interruption::None) break;
    total += size;
  }
  never_expire();
}

void Wire::close() {
  deadline_.clear();
  Code ignored;
  socket_.close(ignored);
}

}  // namespace millwright::io::http
