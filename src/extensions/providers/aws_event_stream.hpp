// Amazon's binary event stream (application/vnd.amazon.eventstream): messages with headers and a payload, each guarded by
// two CRC-32s. Source: https://smithy.io/2.0/aws/amazon-eventstream.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace millwright::extensions {

/// One message. Values: booleans; integers of every width and timestamps (milliseconds); strings, byte arrays and UUIDs
/// as their bytes.
struct AwsEvent {
  struct Header {
    std::string name;
    std::variant<bool, std::int64_t, std::string> value;
  };
  std::vector<Header> headers;
  std::string payload;

  /// A header that is text; empty when absent or of another type.
  [[nodiscard]] std::string_view text(std::string_view name) const;
};

/// Splits bytes into messages, whatever their cutting.
class AwsEventParser {
 public:
  static constexpr std::size_t payload_bytes_max = 24u << 20;  // the format's own limits
  static constexpr std::size_t header_bytes_max = 128u << 10;

  /// Keeps the bytes; understands nothing yet.
  void feed(std::string_view bytes);
  /// The next message: true and `event` is set; false when more bytes are needed. UpstreamFailed when a checksum, a
  /// length or a header is wrong: nothing behind it can be trusted, and every further call fails alike.
  [[nodiscard]] Result<bool> next(AwsEvent& event);
  /// Whether bytes of a message that has not ended are left.
  [[nodiscard]] bool is_amid_message() const { return buffer_.size() > start_; }

 private:
  [[nodiscard]] Result<bool> garbled(std::string_view what);

  std::string buffer_;
  std::size_t start_ = 0;
  std::string fault_;
};

/// A message of text headers, as a service writes it: for tests.
[[nodiscard]] std::string make_aws_event(const std::vector<std::pair<std::string, std::string>>& headers,
                                         std::string_view payload);
/// CRC-32 as in zlib and Ethernet.
[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes);

}  // namespace millwright::extensions
