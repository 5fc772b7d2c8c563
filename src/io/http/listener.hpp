// Listening sockets: TCP on one port for several loops, and the owner-only Unix socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::http {

/// Descriptors that listen on the same address (SO_REUSEPORT), and the port they got.
struct TcpListeners {
  std::vector<int> descriptors;
  std::uint16_t port = 0;
};

/// Fails with the address in the message; another process on the same port is an error, not a share.
[[nodiscard]] Result<TcpListeners> listen_on_tcp(const std::string& host, std::uint16_t port, unsigned count);

/// Makes the socket file with mode 0600. A file left behind by a dead server is replaced, a live one is an error.
[[nodiscard]] Result<int> listen_on_unix(const std::string& path);

}  // namespace millwright::io::http
