// A blocking TCP client that sends exactly the bytes a test gives it, for what no well-behaved client would send.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace millwright::test {

class RawClient {
 public:
  /// Connects to 127.0.0.1; gives up on any wait after ten seconds, so that a broken server fails a test.
  explicit RawClient(std::uint16_t port);
  explicit RawClient(const std::string& unix_socket);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  /// One response by its Content-Length or chunks (left encoded); throws when the server closes first.
  [[nodiscard]] std::string read_response();
  /// All bytes until `mark` was seen.
  [[nodiscard]] std::string read_until(std::string_view mark);
  /// All bytes until the server closes. A reset counts as the end.
  [[nodiscard]] std::string read_to_end();
  /// Sends FIN and goes on reading.
  void shutdown_send();
  /// Closes with a reset.
  void reset();
  /// Takes very little of what is sent.
  void shrink_receive_buffer();
  [[nodiscard]] bool is_closed_by_reset() const { return is_reset_; }

 private:
  [[nodiscard]] bool read_more();

  int socket_ = -1;
  std::string held_;
  bool is_reset_ = false;
};

}  // namespace millwright::test
