// Request targets and Host values: what a request may name, decided in one place before anything routes on it.
#pragma once

#include <string>
#include <string_view>

namespace millwright::io::http {

/// A reason to refuse a request before a handler sees it. Texts are constants: nothing from outside is echoed.
struct Rejection {
  unsigned status = 0;   // 0: none
  std::string_view code;
  std::string_view message;
  [[nodiscard]] explicit operator bool() const { return status != 0; }
};

/// Splits an origin-form target ("/path?query") or "*" and decodes the path once. The path keeps its encoded bytes
/// out: malformed escapes, control bytes, dot segments, fragments and text that is not UTF-8 are refused.
[[nodiscard]] Rejection parse_target(std::string_view target, std::string& path, std::string& query);

/// Refuses what is not host[:port]: the characters / ? # @, white space, an empty name, a port out of range.
[[nodiscard]] Rejection check_host_header(std::string_view value);

/// Decodes %XX and '+'; a malformed escape stays as it is.
[[nodiscard]] std::string decoded_query_part(std::string_view part);

}  // namespace millwright::io::http
