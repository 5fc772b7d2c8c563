#include "io/http/request_parser.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "io/http/first_chunk.hpp"

namespace millwright::io::http {
namespace {

namespace beast_http = boost::beast::http;

// A length the client only claims reserves no more than this; the rest grows as bytes arrive.
constexpr std::size_t body_reserve_max = 64u << 10;

constexpr Rejection bad_request(std::string_view code, std::string_view message) { return {400, code, message}; }

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get: return Method::Get;
    case beast_http::verb::head: return Method::Head;
    case beast_http::verb::post: return Method::Post;
    case beast_http::verb::put: return Method::Put;
    case beast_http::verb::patch: return Method::Patch;
    case beast_http::verb::delete_: return Method::Delete;
    case beast_http::verb::options: return Method::Options;
    default: return Method::Other;
  }
}

/// What a parse error of the library means, in the words of the rule that was broken.
Rejection meaning_of(beast_http::error error) {
  switch (error) {
    case beast_http::error::header_limit:
      return {431, "header_too_large", "the request line and headers are longer than this server accepts"};
    case beast_http::error::body_limit:
      return {413, "body_too_large", "the request body is longer than this server accepts"};
    case beast_http::error::bad_method:
      return bad_request("bad_request_line", "the request line does not begin with a method and one space");
    case beast_http::error::bad_target:
      return bad_request("bad_request_target", "the request target is empty or holds a control character");
    case beast_http::error::bad_version:
      return {505, "bad_http_version", "the request line must end with HTTP/1.1 or HTTP/1.0 and CRLF"};
    case beast_http::error::bad_line_ending:
      return bad_request("bad_line_ending", "a carriage return is not followed by a line feed");
    case beast_http::error::bad_field:
      return bad_request("bad_header_name", "a header name holds a character that is not a token character, such "
                                            "as white space before the colon");
    case beast_http::error::bad_value:
      return bad_request("bad_header_value", "a header value holds a control character, such as NUL or a line feed "
                                             "without a carriage return");
    case beast_http::error::bad_content_length:
    case beast_http::error::multiple_content_length:
      return bad_request("bad_content_length", "Content-Length must be one decimal number, given once and not "
                                               "together with Transfer-Encoding");
    case beast_http::error::bad_transfer_encoding:
      return bad_request("bad_transfer_encoding", "Transfer-Encoding must be exactly chunked, given once and "
                                                  "not together with Content-Length");
    case beast_http::error::bad_chunk:
      return bad_request("bad_chunk", "a chunk does not begin with its size in hex digits or does not end with CRLF");
    case beast_http::error::bad_chunk_extension:
      return bad_request("bad_chunk", "a chunk size is followed by a malformed chunk extension");
    default:
      return bad_request("bad_request", "the request is malformed");
  }
}

/// Whether a line of the head ends without a carriage return (RFC 9112, section 2.2, lets a server refuse that).
bool has_bare_line_feed(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, bytes.find("\r\n\r\n"));
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return true;
  }
  return false;
}

constexpr Rejection bare_line_feed = bad_request("bad_line_ending", "a line of the request head ends with a line feed "
                                                                     "without a carriage return");

}  // namespace

RequestParser::RequestParser(Request& request, const RequestLimits& limits, BodyLimit body_limit)
    : request_(request), limits_(limits), body_limit_(std::move(body_limit)) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(limits.header_bytes_max, std::numeric_limits<std::uint32_t>::max())));
  Base::body_limit(boost::none);   // known when the head is: see on_header_impl
}

RequestParser::Step RequestParser::feed(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  if (is_header_done() && chunked() && !has_chunk_begun_ && bytes.size() < first_chunk_bytes_min) return Step::NeedMore;
  Code code;
  input_ = bytes.data();
  input_size_ = bytes.size();
  taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
  taken_before_ += taken;
  if (code == beast_http::error::need_more) code = {};
  if (code && !rejection_) rejection_ = meaning_of(static_cast<beast_http::error>(code.value()));
  // Found as it arrives: the library waits for CRLF CRLF, which such a client never sends.
  if (!is_header_done() && has_bare_line_feed(bytes)) rejection_ = bare_line_feed;
  if (rejection_) return Step::Rejected;
  return is_done() ? Step::Complete : Step::NeedMore;
}

std::size_t RequestParser::body_bytes_left() const {
  const auto left = is_header_done() ? content_length_remaining() : boost::none;
  return left ? static_cast<std::size_t>(*left) : 0;
}

void RequestParser::reject(const Rejection& rejection, Code& code) {
  rejection_ = rejection;
  code = beast_http::error::bad_value;
}

void RequestParser::on_request_impl(beast_http::verb verb, Text, Text target, int version, Code& code) {
  request_.method = method_of(verb);
  request_.target.assign(target.data(), target.size());
  is_http_1_1_ = version >= 11;
  if (const Rejection refused = http::parse_target(request_.target, request_.path, request_.query)) reject(refused, code);
}

void RequestParser::on_field_impl(Field field, Text name, Text value, Code& code) {
  if (has_head_fields_ended_) return;   // trailers carry nothing that a handler may rely on
  // A value that does not follow its name on the same line was folded (RFC 9112, section 5.2).
  const char* after_name = name.data() + name.size() + 1;
  const bool is_in_input = value.data() >= after_name && value.data() <= input_ + input_size_;
  if (!is_in_input || std::find(after_name, value.data(), '\n') != value.data()) {
    return reject(bad_request("folded_header", "a header value is folded over several lines"), code);
  }
  // The library counts the bytes of each call anew; the limit is on all of the head.
  const auto position = taken_before_ + static_cast<std::size_t>(value.data() + value.size() - input_);
  if (position > limits_.header_bytes_max) return reject(meaning_of(beast_http::error::header_limit), code);
  if (request_.headers.size() >= limits_.field_count_max) {
    return reject({431, "header_too_large", "the request has more header fields than this server accepts"}, code);
  }
  const std::string_view text(value.data(), value.size());
  if (const Rejection refused = check_field(field, text)) return reject(refused, code);
  request_.headers.add(std::string_view(name.data(), name.size()), text);
}

Rejection RequestParser::check_field(Field field, std::string_view value) {
  switch (field) {
    case Field::host:
      if (++host_count_ > 1) return bad_request("bad_host", "Host is given more than once");
      return check_host_header(value);
    case Field::content_length:
      if (++length_count_ > 1) return meaning_of(beast_http::error::multiple_content_length);
      // The library accepts "5, 5"; a proxy in front may not.
      if (value.find_first_not_of("0123456789") != std::string_view::npos) {
        return meaning_of(beast_http::error::bad_content_length);
      }
      return {};
    case Field::transfer_encoding:
      is_chunked_ = equal_ignoring_case(value, "chunked");
      if (!is_chunked_ || !is_http_1_1_) return meaning_of(beast_http::error::bad_transfer_encoding);
      return {};
    case Field::expect:
      if (!equal_ignoring_case(value, "100-continue")) {
        return {417, "bad_expectation", "Expect must be 100-continue"};
      }
      expects_continue_ = is_http_1_1_;
      return {};
    default:
      return {};
  }
}

void RequestParser::on_header_impl(Code& code) {
  has_head_fields_ended_ = true;
  if (host_count_ == 0 && is_http_1_1_) return reject(bad_request("bad_host", "Host is missing"), code);
  body_bytes_max_ = body_limit_ ? body_limit_() : limits_.body_bytes_max;
  if (!is_chunked_ && content_length_remaining().value_or(0) > body_bytes_max_) {
    return reject(meaning_of(beast_http::error::body_limit), code);
  }
  expects_continue_ = expects_continue_ && (is_chunked_ || content_length_remaining().value_or(0) > 0);
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) {
  if (length) request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, body_reserve_max)));
}

std::size_t RequestParser::on_body_impl(Text bytes, Code& code) {
  has_body_bytes_ = true;
  body_bytes_ += bytes.size();
  if (body_bytes_ > body_bytes_max_) {
    reject(meaning_of(beast_http::error::body_limit), code);
    return 0;
  }
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace millwright::io::http
