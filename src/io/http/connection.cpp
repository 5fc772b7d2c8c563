#include "io/http/connection.hpp"

#include <charconv>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "base/id.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t read_head_bytes = 2u << 10;
constexpr std::size_t read_body_bytes_max = 64u << 10;
constexpr std::size_t chunk_overhead_max = 16u << 10;    // a chunk size line with extensions, or trailers
constexpr std::size_t kept_body_bytes_max = 64u << 10;   // capacity kept for the next request
constexpr std::size_t read_ahead_bytes = 1u << 20;       // collected before a body reader is given it
constexpr std::size_t linger_bytes_max = 1u << 20;
constexpr Duration linger_time = 1s;

std::string peer_name(Wire::Socket& socket, Entrance entrance) {
  if (entrance == Entrance::ControlSocket) return "control socket";
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  boost::asio::ip::tcp::endpoint address;
  std::memcpy(address.data(), endpoint.data(), std::min(address.capacity(), endpoint.size()));
  return address.address().is_v6() ? fmt::format("[{}]:{}", address.address().to_string(), address.port())
                                   : fmt::format("{}:{}", address.address().to_string(), address.port());
}

void log_failure(const std::exception_ptr& thrown, const std::string& id) {
  try {
    if (thrown) std::rethrow_exception(thrown);
    spdlog::error("a handler gave no answer (error id {})", id);
  } catch (const std::exception& e) {
    spdlog::error("a handler threw (error id {}): {}", id, e.what());
  } catch (...) {
    spdlog::error("a handler threw (error id {})", id);
  }
}

Response make_failure(const std::string& id) {
  Response response = make_refusal({500, "internal", "the server failed to answer; its log has the details"});
  response.headers.add("x-error-id", id);
  return response;
}

}  // namespace

Connection::Connection(Wire::Socket socket, std::shared_ptr<ServerLoop> loop, Entrance entrance)
    : wire_(std::move(socket), loop->ticker()),
      loop_(std::move(loop)),
      core_(loop_->core()),
      entrance_(entrance),
      peer_(peer_name(wire_.socket(), entrance)) {}

Task<void> Connection::serve(std::shared_ptr<Connection> self) {
  self->loop_->enter(*self);
  bool goes_on = co_await self->secure();
  while (goes_on) {
    const Incoming incoming = co_await self->read_request();
    if (incoming == Incoming::Ended) break;
    if (incoming == Incoming::Refused) {
      co_await self->refuse(self->rejection_);
      break;
    }
    goes_on = co_await self->handle();
  }
  self->loop_->leave(*self);
  if (self->answer_ != Answer::Broken) self->wire_.shutdown_send();
  self->wire_.close();
  self->release_body_bytes();
  self->core_.open.fetch_sub(1);
  self->core_.leave();
}

Task<bool> Connection::secure() {
  if (entrance_ == Entrance::ControlSocket) co_return true;
  const std::shared_ptr<SSL_CTX> context = core_.tls.load();
  if (!context) co_return true;
  wire_.expire_after(core_.options.header_timeout);
  const Wire::Code error =
      co_await wire_.start_tls(make_server_session(context.get(), wire_.socket().native_handle()));
  if (error) spdlog::debug("a TLS handshake failed: {}", handshake_failure(wire_.session()));
  co_return !error;
}

// ---- reading -------------------------------------------------------------------------------------------------------

void Connection::begin_request() {
  if (request_.body.capacity() > kept_body_bytes_max) request_.body = std::string();
  request_.body.clear();
  request_.headers.clear();
  request_.peer = peer_;
  request_.is_secure = wire_.is_tls();
  request_.is_local_owner = entrance_ == Entrance::ControlSocket;
  body_reader_ = nullptr;
  if (core_.options.choose_body_reader) {
    parser_.emplace(request_, core_.limits, [this] { return choose_body_reader(); });
  } else {
    parser_.emplace(request_, core_.limits);
  }
  answer_ = Answer::None;
  is_reading_body_ = false;
  has_begun_ = !buffer_.is_empty();
  wire_.expire_after(has_begun_ || is_first_request_ ? core_.options.header_timeout : core_.options.idle_timeout);
  is_first_request_ = false;
}

Task<Connection::Incoming> Connection::read_request() {
  begin_request();
  while (true) {
    if (!buffer_.is_empty()) {
      const std::optional<Incoming> outcome = parse_held();
      const bool is_whole = outcome == Incoming::Ready;
      if (body_reader_ && (is_whole || (!outcome && request_.body.size() >= read_ahead_bytes))) {
        co_await pass_body_on();
      }
      if (outcome) co_return *outcome;
      if (parser_->waits_for_continue()) {
        const bool is_told = co_await confirm_continue();
        if (!is_told) co_return Incoming::Ended;
      }
    } else {
      buffer_.shrink();
    }
    const std::size_t room = std::clamp(parser_->body_bytes_left(), read_head_bytes, read_body_bytes_max);
    const std::span<char> free = buffer_.prepare(room);
    const Wire::Read read = co_await wire_.read_some(free.data(), free.size());
    if (read.error) co_return end_of_reading(read.error);
    buffer_.commit(read.size);
    if (!has_begun_) {
      has_begun_ = true;
      wire_.expire_after(core_.options.header_timeout);
    }
  }
}

std::optional<Connection::Incoming> Connection::parse_held() {
  std::size_t taken = 0;
  const RequestParser::Step step = parser_->feed(buffer_.view(), taken);
  buffer_.consume(taken);
  if (step == RequestParser::Step::Rejected) {
    rejection_ = parser_->rejection();
    return Incoming::Refused;
  }
  if (parser_->has_head() && !reserve_body_bytes()) {
    rejection_ = {503, "overloaded", "the bodies of all requests together are more than this server holds"};
    return Incoming::Refused;
  }
  if (step == RequestParser::Step::Complete) return Incoming::Ready;
  if (!parser_->has_head()) return std::nullopt;
  if (buffer_.size() > chunk_overhead_max) {
    rejection_ = {400, "bad_chunk", "a chunk size line or the trailers are too long"};
    return Incoming::Refused;
  }
  renew_body_deadline();
  return std::nullopt;
}

std::size_t Connection::choose_body_reader() {
  body_reader_ = core_.options.choose_body_reader(request_);
  return body_reader_ ? body_reader_->bytes_max() : core_.limits.body_bytes_max;
}

Task<void> Connection::pass_body_on() {
  if (request_.body.empty()) co_return;
  wire_.never_expire();
  auto bytes = std::exchange(request_.body, {});
  co_await body_reader_->take(std::move(bytes));
  renew_body_deadline();
}

void Connection::renew_body_deadline() {
  const auto now = std::chrono::steady_clock::now();
  if (!is_reading_body_) {
    is_reading_body_ = true;
    body_began_ = now;
  }
  // The whole body has body_timeout, and a second more for each 64 KiB that arrived: slow is fine, stalled is not.
  const auto allowance = core_.options.body_timeout + std::chrono::seconds(parser_->body_bytes() >> 16);
  const auto left = allowance - std::chrono::duration_cast<Duration>(now - body_began_);
  wire_.expire_after(std::max(left, Duration(0)));
}

bool Connection::reserve_body_bytes() {
  const std::size_t held = request_.body.capacity();
  if (held <= kept_body_bytes_max || held <= body_bytes_reserved_) return true;
  const std::size_t more = held - body_bytes_reserved_;
  body_bytes_reserved_ = held;
  return core_.body_bytes.fetch_add(more) + more <= core_.options.body_bytes_total_max;
}

void Connection::release_body_bytes() {
  if (body_bytes_reserved_ == 0) return;
  core_.body_bytes.fetch_sub(body_bytes_reserved_);
  body_bytes_reserved_ = 0;
}

Task<bool> Connection::confirm_continue() {
  parser_->continued();
  Wire::Pieces pieces{"HTTP/1.1 100 Continue\r\n\r\n", {}, {}};
  Wire::Code error = wire_.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await wire_.write_rest(pieces, core_.options.write_timeout);
  }
  co_return !error;
}

Connection::Incoming Connection::end_of_reading(Wire::Code error) {
  if (error != boost::asio::error::timed_out || !has_begun_) return Incoming::Ended;
  wire_.resume();
  rejection_ = is_reading_body_ ? Rejection{408, "request_timeout", "the request body did not arrive in time"}
                                : Rejection{408, "request_timeout", "the request headers did not arrive in time"};
  return Incoming::Refused;
}

Task<void> Connection::refuse(Rejection rejection) {
  keeps_alive_ = false;
  wire_.never_expire();
  request_.body = std::string();   // room for others while this client hears why
  release_body_bytes();
  const auto sent = co_await send(make_refusal(rejection));
  if (sent) co_await wire_.linger(linger_time, linger_bytes_max);
}

// ---- handling ------------------------------------------------------------------------------------------------------

Task<bool> Connection::handle() {
  wire_.never_expire();
  keeps_alive_ = parser_->is_keep_alive() && !is_draining_;
  is_handling_ = true;
  std::exception_ptr thrown;
  try {
    co_await core_.handler(*this);
  } catch (...) {
    thrown = std::current_exception();
  }
  is_handling_ = false;
  gone_ = nullptr;
  release_body_bytes();
  if (thrown || answer_ == Answer::None) {
    const std::string id = Id::generate().text();
    log_failure(thrown, id);
    if (answer_ == Answer::None) {
      keeps_alive_ = false;
      const auto sent = co_await send(make_failure(id));
      if (!sent) co_return false;
    }
  }
  // A stream that was not finished ends without its last chunk, so that the client sees that it was cut.
  if (answer_ == Answer::Stream) answer_ = Answer::Broken;
  co_return keeps_alive_ && !is_draining_ && (answer_ == Answer::Whole || answer_ == Answer::Finished);
}

HeadOptions Connection::head_options(const Response& response, Framing framing) {
  if (framing == Framing::UntilClose || is_draining_ || asks_to_close(response.headers)) keeps_alive_ = false;
  Persistence persistence = Persistence::Close;
  if (keeps_alive_) {
    persistence = parser_->is_http_1_1() ? Persistence::KeepAlive : Persistence::KeepAliveHttp10;
  }
  return {framing, persistence, loop_->date()};
}

Result<void> Connection::outcome_of(Wire::Code error) {
  if (!error) return {};
  answer_ = Answer::Broken;
  keeps_alive_ = false;
  if (error == boost::asio::error::timed_out) return fail(ErrorCode::Timeout, "the client does not read its answer");
  note_client_gone();
  return fail(ErrorCode::Cancelled, "the client closed the connection");
}

Task<Result<void>> Connection::send(Response response) {
  if (answer_ != Answer::None) co_return fail(ErrorCode::Internal, "the request has been answered already");
  answer_ = Answer::Whole;
  render_head(out_, response, head_options(response, Framing::Length));
  const bool has_body = request_.method != Method::Head && response.status != 204 && response.status != 304;
  Wire::Pieces pieces{out_, has_body ? std::string_view(response.body) : std::string_view(), {}};
  Wire::Code error = wire_.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await wire_.write_rest(pieces, core_.options.write_timeout);
  }
  co_return outcome_of(error);
}

Task<Result<void>> Connection::start_stream(Response head) {
  if (answer_ != Answer::None) co_return fail(ErrorCode::Internal, "the request has been answered already");
  answer_ = Answer::Stream;
  is_stream_chunked_ = parser_->is_http_1_1();
  render_head(out_, head, head_options(head, is_stream_chunked_ ? Framing::Chunked : Framing::UntilClose));
  Wire::Pieces pieces{out_, {}, {}};
  Wire::Code error = wire_.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await wire_.write_rest(pieces, core_.options.write_timeout);
  }
  co_return outcome_of(error);
}

Task<Result<void>> Connection::write(std::string_view bytes) {
  if (answer_ == Answer::Broken) co_return fail(ErrorCode::Cancelled, "the client closed the connection");
  if (answer_ != Answer::Stream) co_return fail(ErrorCode::Internal, "no stream is open");
  if (bytes.empty() || request_.method == Method::Head) co_return Result<void>();
  Wire::Pieces pieces{std::string_view(), bytes, {}};
  if (is_stream_chunked_) {
    char* end = std::to_chars(chunk_size_line_.data(), chunk_size_line_.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    pieces = {std::string_view(chunk_size_line_.data(), end), bytes, "\r\n"};
  }
  Wire::Code error = wire_.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await wire_.write_rest(pieces, core_.options.write_timeout);
  }
  co_return outcome_of(error);
}

Task<Result<void>> Connection::finish_stream() {
  if (answer_ == Answer::Broken) co_return fail(ErrorCode::Cancelled, "the client closed the connection");
  if (answer_ != Answer::Stream) co_return fail(ErrorCode::Internal, "no stream is open");
  answer_ = Answer::Finished;
  if (!is_stream_chunked_ || request_.method == Method::Head) co_return Result<void>();
  Wire::Pieces pieces{"0\r\n\r\n", {}, {}};
  Wire::Code error = wire_.try_write(pieces);
  if (error == boost::asio::error::would_block) {
    error = co_await wire_.write_rest(pieces, core_.options.write_timeout);
  }
  co_return outcome_of(error);
}

void Connection::abort() {
  answer_ = Answer::Broken;
  keeps_alive_ = false;
}

// ---- the client goes, the server stops -----------------------------------------------------------------------------

void Connection::on_client_gone(std::function<void()> gone) {
  gone_ = std::move(gone);
  if (!gone_) return;
  if (is_client_gone_) {
    // Told from the loop, never from within the call that asks.
    boost::asio::post(loop_->executor(), [self = shared_from_this()] { self->note_client_gone(); });
  } else if (!is_watching_) {
    watch_client();
  }
}

void Connection::watch_client() {
  // The wait stays armed when the handler returns: the next request's first byte ends it, and nothing is cancelled.
  is_watching_ = true;
  wire_.socket().async_wait(boost::asio::socket_base::wait_read,
                            [self = shared_from_this()](Wire::Code error) {
                              self->is_watching_ = false;
                              if (!error && self->is_handling_) self->on_readable();
                            });
}

void Connection::on_readable() {
  const PeerState state = wire_.peek();
  if (state == PeerState::Closed) note_client_gone();
  if (state == PeerState::Quiet) watch_client();
}

void Connection::note_client_gone() {
  is_client_gone_ = true;
  keeps_alive_ = false;
  if (!is_handling_ || !gone_) return;
  const std::function<void()> gone = std::exchange(gone_, nullptr);
  gone();
}

void Connection::drain() {
  is_draining_ = true;
  if (!is_handling_ && !has_begun_) wire_.interrupt(Interruption::Cancelled);
}

void Connection::break_off() {
  is_draining_ = true;
  wire_.interrupt(Interruption::Cancelled);
  boost::asio::post(loop_->executor(), [self = shared_from_this()] { self->note_client_gone(); });
}

}  // namespace millwright::io::http
