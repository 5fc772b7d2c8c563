#include "io/http/tunnel.hpp"

#include <boost/asio/error.hpp>

#include "io/http/response_parser.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t head_bytes_max = 16u << 10;
constexpr std::size_t read_bytes = 2u << 10;

std::unexpected<Error> refused(const Proxy& proxy, std::string_view target, std::uint16_t status) {
  auto error = fail(ErrorCode::UpstreamFailed, "the proxy {} refused the way to {} with status {}", proxy.name(),
                    target, status);
  if (status == 407)
    error.error().fix = "Set the user name and the password of the proxy.";
  else if (status == 403)
    error.error().fix = "The proxy must allow this target, or the provider be reached without it.";
  return error;
}

std::unexpected<Error> broken(const ClientConnection& connection, const Proxy& proxy, std::string_view target,
                              Wire::Code code) {
  if (connection.wire.interruption() == Interruption::Timeout) {
    return fail(ErrorCode::Timeout, "the proxy {} took too long to open the way to {}", proxy.name(), target);
  }
  if (code == boost::asio::error::eof) {
    return fail(ErrorCode::UpstreamFailed, "the proxy {} closed the connection before the way to {} was open",
                proxy.name(), target);
  }
  return fail(ErrorCode::UpstreamFailed, "the connection to the proxy {} broke before the way to {} was open: {}",
              proxy.name(), target, code.message());
}

}  // namespace

Task<Result<void>> open_tunnel(ClientConnection& connection, const Proxy& proxy, std::string_view host,
                               std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  const std::string target = is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  std::string head = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", target, target);
  if (!proxy.authorization.empty()) head += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
  head += "\r\n";
  Wire::Pieces pieces{head, {}, {}};
  Wire::Code code = connection.wire.try_write(pieces);
  if (code == boost::asio::error::would_block) code = co_await connection.wire.write_rest(pieces, Wire::keeps_deadline);
  if (code) co_return broken(connection, proxy, target, code);
  Headers headers;
  ResponseParser parser(headers, head_bytes_max, BodyOfResponse::Absent);
  while (!parser.has_head()) {
    const std::span<char> free = connection.buffer.prepare(read_bytes);
    const Wire::Read read = co_await connection.wire.read_some(free.data(), free.size());
    if (read.error) co_return broken(connection, proxy, target, read.error);
    connection.buffer.commit(read.size);
    std::size_t taken = 0;
    auto fed = parser.feed_head(connection.buffer.view(), taken);
    connection.buffer.consume(taken);
    if (!fed) {
      co_return fail(ErrorCode::UpstreamFailed, "the proxy {} answered what is no HTTP on the way to {}: {}", proxy.name(),
                     target, fed.error().message);
    }
  }
  if (parser.status() < 200 || parser.status() >= 300) co_return refused(proxy, target, parser.status());
  // Whoever opens a TLS connection speaks first: what came with the answer is not the target's.
  if (!connection.buffer.is_empty()) {
    co_return fail(ErrorCode::UpstreamFailed, "the proxy {} sent more than its answer on the way to {}", proxy.name(), target);
  }
  co_return Result<void>();
}

}  // namespace millwright::io::http
