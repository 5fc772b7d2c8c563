// What the load generators share: plain sockets and just enough HTTP to see where an answer ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace millwright::bench {

/// A connection to a port of this machine, without Nagle's delay. Throws when nobody listens.
[[nodiscard]] int open_connection(std::uint16_t port);
void send_all(int socket, const std::string& bytes);
/// Adds a socket to an epoll instance, to be known by `number` when it can be read.
void watch(int poll, int socket, std::size_t number);
/// True when `text` holds a whole response; length by Content-Length or by the last chunk.
[[nodiscard]] bool is_whole(const std::string& text);
/// True when a streamed answer has brought its first piece of text.
[[nodiscard]] bool has_content(const std::string& text);

}  // namespace millwright::bench
