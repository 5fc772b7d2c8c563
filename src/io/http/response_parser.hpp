// Reads one response from bytes as they arrive. Body bytes are moved together in the buffer they arrived in, so that
// a caller gets all that one read brought, chunk by chunk or not, as one piece.
#pragma once

#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "base/error.hpp"
#include "io/http/message.hpp"

namespace millwright::io::http {

enum class BodyOfResponse : bool { Expected, Absent };   // Absent: the answer to HEAD

class ResponseParser final : private boost::beast::http::basic_parser<false> {
 public:
  ResponseParser(Headers& headers, std::size_t header_bytes_max, BodyOfResponse body);

  /// Reads head bytes; takes nothing beyond the head.
  [[nodiscard]] Result<void> feed_head(std::string_view bytes, std::size_t& taken);
  /// Reads body bytes and moves what is content to the front of `bytes`; gives the length of that.
  [[nodiscard]] Result<std::size_t> feed_body(char* bytes, std::size_t size, std::size_t& taken);
  /// The peer closed its side: the end of the body, or a cut.
  [[nodiscard]] Result<void> feed_end();

  [[nodiscard]] bool has_head() const { return is_header_done(); }
  [[nodiscard]] bool is_complete() const { return is_done(); }
  [[nodiscard]] bool is_keep_alive() const { return keep_alive(); }
  [[nodiscard]] std::uint16_t status() const { return status_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const;

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Code&) override {}
  void on_response_impl(int status, Text reason, int version, Code& code) override;
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Code& code) override;
  void on_header_impl(Code&) override { has_fields_ended_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text bytes, Code& code) override;
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override { has_chunk_begun_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Code& code) override { return on_body_impl(bytes, code); }
  void on_finish_impl(Code&) override {}

  Headers& headers_;
  char* content_end_ = nullptr;
  std::uint16_t status_ = 0;
  bool has_fields_ended_ = false;
  bool has_chunk_begun_ = false;
};

}  // namespace millwright::io::http
