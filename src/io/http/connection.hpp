// One connection of the server: reads requests one after the other, lets the handler answer each, and keeps the
// peer to its limits.
#pragma once

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "io/http/read_buffer.hpp"
#include "io/http/request_parser.hpp"
#include "io/http/response_head.hpp"
#include "io/http/server.hpp"
#include "io/http/server_loop.hpp"
#include "io/http/wire.hpp"

namespace millwright::io::http {

class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Wire::Socket socket, std::shared_ptr<ServerLoop> loop, Entrance entrance);

  /// Serves until the connection ends. Enters and leaves its loop's set; the caller has entered the core.
  static Task<void> serve(std::shared_ptr<Connection> self);

  /// Ends at once when no request has begun, else after the answer.
  void drain();
  /// Ends as soon as the handler notices.
  void break_off();

  [[nodiscard]] Request& request() override { return request_; }
  [[nodiscard]] BodyReader* body_reader() override { return body_reader_.get(); }
  [[nodiscard]] Task<Result<void>> send(Response response) override;
  [[nodiscard]] Task<Result<void>> start_stream(Response head) override;
  [[nodiscard]] Task<Result<void>> write(std::string_view bytes) override;
  [[nodiscard]] Task<Result<void>> finish_stream() override;
  void abort() override;
  [[nodiscard]] bool has_started() const override { return answer_ != Answer::None; }
  void on_client_gone(std::function<void()> gone) override;
  [[nodiscard]] bool is_client_gone() const override { return is_client_gone_; }

 private:
  enum class Incoming : std::uint8_t { Ready, Refused, Ended };
  enum class Answer : std::uint8_t { None, Whole, Stream, Finished, Broken };

  [[nodiscard]] Task<bool> secure();
  [[nodiscard]] Task<Incoming> read_request();
  [[nodiscard]] Task<bool> handle();
  [[nodiscard]] Task<void> refuse(Rejection rejection);
  [[nodiscard]] Incoming end_of_reading(Wire::Code error);
  [[nodiscard]] Task<bool> confirm_continue();

  void begin_request();
  /// Parses what is held; nothing when more must be read.
  [[nodiscard]] std::optional<Incoming> parse_held();
  /// Asks who takes the body; the most bytes it may have.
  [[nodiscard]] std::size_t choose_body_reader();
  /// Gives the reader what has arrived since.
  [[nodiscard]] Task<void> pass_body_on();
  void renew_body_deadline();
  [[nodiscard]] bool reserve_body_bytes();
  void release_body_bytes();

  [[nodiscard]] HeadOptions head_options(const Response& response, Framing framing);
  [[nodiscard]] Result<void> outcome_of(Wire::Code error);
  void note_client_gone();
  void watch_client();
  void on_readable();

  Wire wire_;
  std::shared_ptr<ServerLoop> loop_;
  ServerCore& core_;
  Entrance entrance_;
  ReadBuffer buffer_;
  std::optional<RequestParser> parser_;
  Request request_;
  std::shared_ptr<BodyReader> body_reader_;
  Rejection rejection_;
  std::string peer_;
  std::string out_;                         // the head being sent
  std::array<char, 20> chunk_size_line_{};
  std::function<void()> gone_;
  std::chrono::steady_clock::time_point body_began_;
  std::size_t body_bytes_reserved_ = 0;
  Answer answer_ = Answer::None;
  bool is_stream_chunked_ = false;
  bool keeps_alive_ = true;
  bool has_begun_ = false;                  // a byte of the current request has arrived
  bool is_reading_body_ = false;
  bool is_first_request_ = true;
  bool is_handling_ = false;
  bool is_watching_ = false;
  bool is_client_gone_ = false;
  bool is_draining_ = false;
};

}  // namespace millwright::io::http
