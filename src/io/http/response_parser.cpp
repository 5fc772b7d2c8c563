#include "io/http/response_parser.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/http/first_chunk.hpp"

namespace millwright::io::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t field_count_max = 256;

std::unexpected<Error> garbage(const boost::beast::error_code& code) {
  if (code == beast_http::error::header_limit) {
    return fail(ErrorCode::UpstreamFailed, "the response head is longer than allowed");
  }
  if (code == beast_http::error::partial_message) {
    return fail(ErrorCode::UpstreamFailed, "the connection closed before the response was complete");
  }
  return fail(ErrorCode::UpstreamFailed, "the response is not valid HTTP: {}", code.message());
}

}  // namespace

ResponseParser::ResponseParser(Headers& headers, std::size_t header_bytes_max, BodyOfResponse body)
    : headers_(headers) {
  header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(header_bytes_max, std::numeric_limits<std::uint32_t>::max())));
  body_limit(boost::none);
  if (body == BodyOfResponse::Absent) skip(true);
}

Result<void> ResponseParser::feed_head(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  while (!is_header_done() && taken < bytes.size()) {
    Code code;
    const std::size_t step = put(boost::asio::const_buffer(bytes.data() + taken, bytes.size() - taken), code);
    taken += step;
    if (code == beast_http::error::need_more) break;
    if (code) return garbage(code);
  }
  return {};
}

Result<std::size_t> ResponseParser::feed_body(char* bytes, std::size_t size, std::size_t& taken) {
  taken = 0;
  content_end_ = bytes;
  while (!is_done() && taken < size) {
    if (chunked() && !has_chunk_begun_ && size - taken < first_chunk_bytes_min) break;
    Code code;
    const std::size_t step = put(boost::asio::const_buffer(bytes + taken, size - taken), code);
    taken += step;
    if (code == beast_http::error::need_more) break;
    if (code) return garbage(code);
  }
  return static_cast<std::size_t>(content_end_ - bytes);
}

Result<void> ResponseParser::feed_end() {
  if (!got_some()) return garbage(beast_http::error::partial_message);
  Code code;
  put_eof(code);
  if (code) return garbage(code);
  return {};
}

std::optional<std::uint64_t> ResponseParser::length() const {
  const auto length = content_length();
  if (!length) return std::nullopt;
  return *length;
}

void ResponseParser::on_response_impl(int status, Text, int, Code& code) {
  status_ = static_cast<std::uint16_t>(status);
  if (status < 100) code = beast_http::error::bad_status;
}

void ResponseParser::on_field_impl(beast_http::field field, Text name, Text value, Code& code) {
  if (has_fields_ended_) return;
  if (headers_.size() >= field_count_max) {
    code = beast_http::error::header_limit;
    return;
  }
  // The library takes an unknown coding as "until the connection closes"; its bytes would pass for content.
  if (field == beast_http::field::transfer_encoding && !boost::beast::iequals(value, "chunked")) {
    code = beast_http::error::bad_transfer_encoding;
    return;
  }
  headers_.add(std::string_view(name.data(), name.size()), std::string_view(value.data(), value.size()));
}

std::size_t ResponseParser::on_body_impl(Text bytes, Code&) {
  if (content_end_ != bytes.data()) std::memmove(content_end_, bytes.data(), bytes.size());
  content_end_ += bytes.size();
  return bytes.size();
}

}  // namespace millwright::io::http
