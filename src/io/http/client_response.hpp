// One request on one connection, from its first byte out to the last byte in.
#pragma once

#include <memory>
#include <string>

#include "io/http/client.hpp"
#include "io/http/client_connection.hpp"
#include "io/http/response_parser.hpp"

namespace millwright::io::http {

class ClientLoop;

class PooledResponse final : public ClientResponse {
 public:
  PooledResponse(std::shared_ptr<ClientLoop> loop, std::unique_ptr<ClientConnection> connection,
                 std::size_t header_bytes_max, BodyOfResponse body);
  ~PooledResponse() override;

  /// Sends and waits for the head.
  [[nodiscard]] Task<Result<void>> exchange(std::string_view head, std::string_view body);
  /// True after a failed exchange on a pooled connection that had died before: nothing was answered.
  [[nodiscard]] bool is_stale() const { return is_stale_; }

  [[nodiscard]] std::uint16_t status() const override { return parser_->status(); }
  [[nodiscard]] const Headers& headers() const override { return headers_; }
  [[nodiscard]] Task<Result<std::string_view>> read_some() override;
  [[nodiscard]] Task<Result<std::string>> read_all(std::size_t bytes_max) override;
  void expire_after(std::chrono::milliseconds timeout) override;

 private:
  [[nodiscard]] Task<Result<void>> read_head();
  [[nodiscard]] Task<Result<void>> fill();
  [[nodiscard]] std::unexpected<Error> failure(Wire::Code error) const;
  void give_back();

  std::shared_ptr<ClientLoop> loop_;
  std::unique_ptr<ClientConnection> connection_;   // empty once given back
  std::size_t header_bytes_max_;
  BodyOfResponse body_;
  std::size_t room_ = 4u << 10;                    // for the next read
  Headers headers_;
  std::optional<ResponseParser> parser_;
  bool has_received_ = false;
  bool has_ended_ = false;   // the peer closed its side
  bool is_stale_ = false;
  bool has_failed_ = false;
};

}  // namespace millwright::io::http
