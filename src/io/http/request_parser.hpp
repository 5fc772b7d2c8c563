// Reads one request from bytes as they arrive, strictly: what two parsers could read differently (request smuggling)
// is refused, with the rule named. RFC 9112; the tokenising underneath is Beast's.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "io/http/message.hpp"
#include "io/http/target.hpp"

namespace millwright::io::http {

struct RequestLimits {
  std::size_t header_bytes_max = 32u << 10;
  std::size_t body_bytes_max = 32u << 20;
  std::size_t field_count_max = 128;
};

/// One parser reads one request. Errors are final.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  enum class Step { NeedMore, Complete, Rejected };

  /// Asked once, when the head has been read: the most bytes its body may have.
  using BodyLimit = std::function<std::size_t()>;

  /// `request` outlives the parser and is filled as bytes arrive. Whoever takes bytes out of its body meanwhile changes
  /// nothing here. Without `body_limit` that of `limits` holds.
  RequestParser(Request& request, const RequestLimits& limits, BodyLimit body_limit = {});

  /// Reads as much as it can of `bytes` and says how much it took. What it left must be given again, with more.
  [[nodiscard]] Step feed(std::string_view bytes, std::size_t& taken);

  [[nodiscard]] const Rejection& rejection() const { return rejection_; }
  [[nodiscard]] bool has_head() const { return is_header_done(); }
  [[nodiscard]] bool is_keep_alive() const { return keep_alive(); }
  [[nodiscard]] bool is_http_1_1() const { return is_http_1_1_; }
  /// The client waits for "100 Continue" and has sent nothing of its body yet.
  [[nodiscard]] bool waits_for_continue() const { return expects_continue_ && !has_body_bytes_; }
  void continued() { expects_continue_ = false; }
  /// Bytes of the body that have arrived.
  [[nodiscard]] std::size_t body_bytes() const { return body_bytes_; }
  /// Bytes of the body still to come, when the length was given.
  [[nodiscard]] std::size_t body_bytes_left() const;

 private:
  using Base = boost::beast::http::basic_parser<true>;
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version, Code& code) override;
  void on_response_impl(int, Text, int, Code&) override {}
  void on_field_impl(Field field, Text name, Text value, Code& code) override;
  void on_header_impl(Code& code) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code& code) override;
  std::size_t on_body_impl(Text bytes, Code& code) override;
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override { has_chunk_begun_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Code& code) override { return on_body_impl(bytes, code); }
  void on_finish_impl(Code&) override {}

  void reject(const Rejection& rejection, Code& code);
  [[nodiscard]] Rejection check_field(Field field, std::string_view value);

  Request& request_;
  const RequestLimits& limits_;
  BodyLimit body_limit_;
  std::size_t body_bytes_max_ = 0;
  std::size_t body_bytes_ = 0;
  Rejection rejection_;
  const char* input_ = nullptr;   // of the current feed, to recognise folded values
  std::size_t input_size_ = 0;
  std::size_t taken_before_ = 0;  // by earlier feeds
  unsigned host_count_ = 0;
  unsigned length_count_ = 0;
  bool has_head_fields_ended_ = false;
  bool is_http_1_1_ = true;
  bool is_chunked_ = false;
  bool expects_continue_ = false;
  bool has_body_bytes_ = false;
  bool has_chunk_begun_ = false;
};

}  // namespace millwright::io::http
