// One byte stream under HTTP: TCP, a Unix socket, or TLS over either; with one deadline and one way to interrupt it.
//
// Writes are tried at once and wait only when the peer is slow, so that an answer costs one system call.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "io/http/tls.hpp"
#include "io/loop/task.hpp"
#include "io/loop/ticker.hpp"

namespace millwright::io::http {

/// Why waiting on a wire was broken off.
enum class Interruption : std::uint8_t { None, Timeout, Cancelled };

enum class PeerState : std::uint8_t { Quiet, HasBytes, Closed };

class Wire {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
  using Code = boost::system::error_code;
  using Pieces = std::array<std::string_view, 3>;
  struct Read {
    Code error;
    std::size_t size = 0;
  };

  Wire(Socket socket, Ticker& ticker);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool is_tls() const { return session_ != nullptr; }

  /// Every wait below ends with asio's timed_out when this passes, or operation_aborted when it was interrupted.
  void expire_after(Duration timeout) { deadline_.expire_after(timeout); }
  void never_expire() { deadline_.clear(); }
  /// Breaks off the current wait and every later one.
  void interrupt(Interruption reason);
  [[nodiscard]] Interruption interruption() const { return interruption_; }
  /// Makes the wire usable again after a timeout, to say so to the peer.
  void resume() { interruption_ = Interruption::None; }

  [[nodiscard]] Task<Code> connect(Socket::endpoint_type endpoint);
  /// Runs the handshake of a session made with make_server_session or make_client_session.
  [[nodiscard]] Task<Code> start_tls(TlsSession session);
  [[nodiscard]] SSL* session() const { return session_.get(); }
  /// Why TLS broke off, in OpenSSL's words ("tlsv13 alert certificate required"); empty when it did not.
  [[nodiscard]] std::string_view tls_failure() const { return tls_failure_; }

  /// At least one byte, or an error; asio's eof at the end of the stream.
  [[nodiscard]] Task<Read> read_some(char* bytes, std::size_t size_max);

  /// Writes what goes without waiting and cuts it off the pieces; would_block when some is left.
  [[nodiscard]] Code try_write(Pieces& pieces);
  /// Writes all of it, waiting for the peer; each step of progress renews `timeout`. With keeps_deadline the
  /// deadline stays as it was set.
  static constexpr Duration keeps_deadline = Duration::max();
  [[nodiscard]] Task<Code> write_rest(Pieces pieces, Duration timeout);

  /// Looks without waiting whether the peer has sent something or has closed.
  [[nodiscard]] PeerState peek();
  void shutdown_send();
  /// Ends our half, then reads and drops what the peer still sends, so that it can read our last words.
  [[nodiscard]] Task<void> linger(Duration timeout, std::size_t bytes_max);
  void close();

 private:
  [[nodiscard]] Code interruption_code() const;
  [[nodiscard]] Code try_write_plain(Pieces& pieces);
  [[nodiscard]] Code try_write_tls(Pieces& pieces);
  [[nodiscard]] Task<Code> wait(boost::asio::socket_base::wait_type direction);
  [[nodiscard]] Task<Read> read_some_tls(char* bytes, std::size_t size_max);
  /// Maps an OpenSSL outcome: success, would_block (and which direction to wait for), eof, or a failure.
  [[nodiscard]] Code tls_outcome(int outcome);

  Socket socket_;
  TlsSession session_;
  std::string_view tls_failure_;    // of a text that lives for ever
  std::string tls_pending_;         // plain bytes given to OpenSSL and not yet taken
  std::size_t tls_pending_sent_ = 0;
  boost::asio::socket_base::wait_type tls_wants_ = boost::asio::socket_base::wait_read;
  Interruption interruption_ = Interruption::None;
  Deadline deadline_;
};

}  // namespace millwright::io::http
