#include "io/http/client_response.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>

#include "io/http/client_loop.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t read_bytes_max = 64u << 10;
constexpr std::size_t chunk_overhead_max = 16u << 10;
constexpr std::size_t reserve_bytes_max = 1u << 20;
constexpr int interim_responses_max = 8;

std::unexpected<Error> too_large(std::size_t bytes_max) {
  return fail(ErrorCode::TooLarge, "the response body is longer than {} bytes", bytes_max);
}

}  // namespace

PooledResponse::PooledResponse(std::shared_ptr<ClientLoop> loop, std::unique_ptr<ClientConnection> connection,
                               std::size_t header_bytes_max, BodyOfResponse body)
    : loop_(std::move(loop)),
      connection_(std::move(connection)),
      header_bytes_max_(header_bytes_max),
      body_(body) {}

PooledResponse::~PooledResponse() { give_back(); }

void PooledResponse::give_back() {
  if (!connection_) return;
  const bool is_reusable = !has_failed_ && parser_ && parser_->has_head() && parser_->is_complete() &&
                           parser_->is_keep_alive() && !has_ended_ && connection_->buffer.is_empty() &&
                           connection_->wire.interruption() == Interruption::None;
  std::unique_ptr<ClientConnection> connection = std::move(connection_);
  if (is_reusable) loop_->keep(std::move(connection));
}

std::unexpected<Error> PooledResponse::failure(Wire::Code error) const {
  switch (connection_->wire.interruption()) {
    case Interruption::Timeout: return fail(ErrorCode::Timeout, "the upstream did not answer in time");
    case Interruption::Cancelled: return fail(ErrorCode::Cancelled, "the request was cancelled");
    case Interruption::None: break;
  }
  if (error == boost::asio::error::eof) {
    return fail(ErrorCode::UpstreamFailed, "the upstream closed the connection before its answer was complete");
  }
  if (const auto why = connection_->wire.tls_failure(); !why.empty()) {
    return fail(ErrorCode::UpstreamFailed, "the upstream broke TLS off: {}", why);
  }
  return fail(ErrorCode::UpstreamFailed, "the connection to the upstream broke: {}", error.message());
}

Task<Result<void>> PooledResponse::exchange(std::string_view head, std::string_view body) {
  Wire::Pieces pieces{head, body, {}};
  Wire::Code error = connection_->wire.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await connection_->wire.write_rest(pieces, Wire::keeps_deadline);
  }
  // An upstream may refuse a long body early and close: its answer is then waiting to be read.
  const bool is_worth_reading = !error || (!connection_->is_reused && error == boost::asio::error::broken_pipe);
  Result<void> outcome;
  if (is_worth_reading) outcome = co_await read_head();
  else outcome = failure(error);
  if (!outcome) {
    has_failed_ = true;
    is_stale_ = connection_->is_reused && !has_received_ &&
                connection_->wire.interruption() == Interruption::None;
  }
  co_return outcome;
}

Task<Result<void>> PooledResponse::fill() {
  const std::span<char> free = connection_->buffer.prepare(room_);
  const Wire::Read read = co_await connection_->wire.read_some(free.data(), free.size());
  if (read.error == boost::asio::error::eof) {
    has_ended_ = true;
    co_return Result<void>();
  }
  if (read.error) co_return failure(read.error);
  has_received_ = true;
  // Paced streams keep a small buffer; a read that filled it is followed by a larger one.
  if (read.size == free.size()) room_ = std::min(2 * free.size(), read_bytes_max);
  connection_->buffer.commit(read.size);
  co_return Result<void>();
}

Task<Result<void>> PooledResponse::read_head() {
  int interim = 0;
  parser_.emplace(headers_, header_bytes_max_, body_);
  while (true) {
    if (connection_->buffer.is_empty() || !parser_->has_head()) {
      auto filled = co_await fill();
      if (!filled) co_return filled;
      if (has_ended_) co_return failure(boost::asio::error::eof);
    }
    std::size_t taken = 0;
    auto fed = parser_->feed_head(connection_->buffer.view(), taken);
    connection_->buffer.consume(taken);
    if (!fed) co_return fed;
    // 1xx responses announce another; 101 would change the protocol, which was not asked for.
    while (parser_->has_head() && parser_->status() / 100 == 1) {
      if (parser_->status() == 101 || ++interim > interim_responses_max) {
        co_return fail(ErrorCode::UpstreamFailed, "the upstream sent an interim response that was not asked for");
      }
      headers_.clear();
      parser_.emplace(headers_, header_bytes_max_, body_);
      fed = parser_->feed_head(connection_->buffer.view(), taken);
      connection_->buffer.consume(taken);
      if (!fed) co_return fed;
    }
    if (parser_->has_head()) co_return Result<void>();
  }
}

Task<Result<std::string_view>> PooledResponse::read_some() {
  if (!connection_) co_return std::string_view();
  if (has_failed_) co_return fail(ErrorCode::UpstreamFailed, "the response has failed already");
  ReadBuffer& buffer = connection_->buffer;
  while (!parser_->is_complete()) {
    if (!buffer.is_empty()) {
      char* const bytes = buffer.data();
      std::size_t taken = 0;
      auto size = parser_->feed_body(bytes, buffer.size(), taken);
      buffer.consume(taken);
      if (!size) {
        has_failed_ = true;
        co_return pass(size);
      }
      if (*size != 0) co_return std::string_view(bytes, *size);
      if (parser_->is_complete()) break;
      if (buffer.size() > chunk_overhead_max) {
        has_failed_ = true;
        co_return fail(ErrorCode::UpstreamFailed, "a chunk header of the response is too long");
      }
    }
    auto filled = co_await fill();
    if (filled && has_ended_) filled = parser_->feed_end();
    if (!filled) {
      has_failed_ = true;
      co_return pass(filled);
    }
  }
  give_back();
  co_return std::string_view();
}

Task<Result<std::string>> PooledResponse::read_all(std::size_t bytes_max) {
  std::string all;
  if (const auto length = parser_->length()) {
    if (*length > bytes_max) {
      has_failed_ = true;
      co_return too_large(bytes_max);
    }
    all.reserve(std::min<std::size_t>(*length, reserve_bytes_max));
  }
  while (true) {
    auto piece = co_await read_some();
    if (!piece) co_return pass(piece);
    if (piece->empty()) co_return all;
    if (piece->size() > bytes_max - all.size()) {
      has_failed_ = true;
      co_return too_large(bytes_max);
    }
    all.append(*piece);
  }
}

void PooledResponse::expire_after(std::chrono::milliseconds timeout) {
  if (connection_) connection_->wire.expire_after(timeout);
}

}  // namespace millwright::io::http
