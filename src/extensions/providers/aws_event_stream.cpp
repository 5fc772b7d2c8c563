#include "extensions/providers/aws_event_stream.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace millwright::extensions {
namespace {

constexpr std::size_t prelude_bytes = 12, checksum_bytes = 4;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}();

/// A big-endian number of `size` bytes, sign and all.
std::int64_t number_at(std::string_view bytes, std::size_t start, std::size_t size) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[start]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[start + i]);
  return static_cast<std::int64_t>(value);
}

std::uint32_t word_at(std::string_view bytes, std::size_t start) {
  return static_cast<std::uint32_t>(number_at(bytes, start, 4));
}

void append_number(std::string& out, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

/// Takes headers off the front of their block.
class HeaderReading {
 public:
  explicit HeaderReading(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool is_done() const { return bytes_.empty(); }

  std::optional<AwsEvent::Header> next() {
    const auto name_size = take_number(1);
    if (!name_size || *name_size == 0) return std::nullopt;
    const auto name = take(static_cast<std::size_t>(*name_size & 0xFF));
    const auto type = take_number(1);
    if (!name || !type) return std::nullopt;
    AwsEvent::Header header{std::string(*name), {}};
    switch (*type) {
      case 0: header.value = true; return header;
      case 1: header.value = false; return header;
      case 2: return with_number(std::move(header), 1);
      case 3: return with_number(std::move(header), 2);
      case 4: return with_number(std::move(header), 4);
      case 5:
      case 8: return with_number(std::move(header), 8);
      case 6:
      case 7: {
        const auto size = take_number(2);
        return size ? with_text(std::move(header), static_cast<std::size_t>(*size & 0xFFFF)) : std::nullopt;
      }
      case 9: return with_text(std::move(header), 16);
      default: return std::nullopt;
    }
  }

 private:
  std::optional<std::string_view> take(std::size_t size) {
    if (size > bytes_.size()) return std::nullopt;
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::optional<std::int64_t> take_number(std::size_t size) {
    const auto taken = take(size);
    return taken ? std::optional(number_at(*taken, 0, size)) : std::nullopt;
  }
  std::optional<AwsEvent::Header> with_number(AwsEvent::Header header, std::size_t size) {
    const auto number = take_number(size);
    if (!number) return std::nullopt;
    header.value = *number;
    return header;
  }
  std::optional<AwsEvent::Header> with_text(AwsEvent::Header header, std::size_t size) {
    const auto text = take(size);
    if (!text) return std::nullopt;
    header.value = std::string(*text);
    return header;
  }

  std::string_view bytes_;
};

}  // namespace

std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t value = ~0u;
  for (const char c : bytes) value = crc_table[(value ^ static_cast<unsigned char>(c)) & 0xFF] ^ (value >> 8);
  return ~value;
}

std::string_view AwsEvent::text(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  if (found == headers.end()) return {};
  const auto* value = std::get_if<std::string>(&found->value);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

void AwsEventParser::feed(std::string_view bytes) {
  if (start_ > 0 && start_ == buffer_.size()) {
    buffer_.clear();
    start_ = 0;
  } else if (start_ > (64u << 10) && start_ * 2 > buffer_.size()) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  if (fault_.empty()) buffer_ += bytes;
}

Result<bool> AwsEventParser::garbled(std::string_view what) {
  if (fault_.empty()) fault_ = what;
  return fail(ErrorCode::UpstreamFailed, "the event stream makes no sense: {}", fault_);
}

Result<bool> AwsEventParser::next(AwsEvent& event) {
  if (!fault_.empty()) return garbled(fault_);
  const auto bytes = std::string_view(buffer_).substr(start_);
  if (bytes.size() < prelude_bytes) return false;
  const std::size_t total = word_at(bytes, 0), header_bytes = word_at(bytes, 4);
  if (word_at(bytes, 8) != crc32_of(bytes.substr(0, 8))) return garbled("the checksum of a message's head is wrong");
  if (header_bytes > header_bytes_max) return garbled("the headers of a message are too large");
  if (total < prelude_bytes + header_bytes + checksum_bytes) return garbled("a message is shorter than its parts");
  const auto payload_bytes = total - prelude_bytes - header_bytes - checksum_bytes;
  if (payload_bytes > payload_bytes_max) return garbled("a message is too large");
  if (bytes.size() < total) return false;
  if (word_at(bytes, total - checksum_bytes) != crc32_of(bytes.substr(0, total - checksum_bytes))) {
    return garbled("the checksum of a message is wrong");
  }
  AwsEvent read;
  HeaderReading headers(bytes.substr(prelude_bytes, header_bytes));
  while (!headers.is_done()) {
    auto header = headers.next();
    if (!header) return garbled("a header cannot be read");
    read.headers.push_back(std::move(*header));
  }
  read.payload = bytes.substr(prelude_bytes + header_bytes, payload_bytes);
  start_ += total;
  event = std::move(read);
  return true;
}

std::string make_aws_event(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view payload) {
  std::string block;
  for (const auto& [name, value] : headers) {
    append_number(block, name.size(), 1);
    block += name;
    append_number(block, 7, 1);
    append_number(block, value.size(), 2);
    block += value;
  }
  std::string message;
  append_number(message, prelude_bytes + block.size() + payload.size() + checksum_bytes, 4);
  append_number(message, block.size(), 4);
  append_number(message, crc32_of(message), 4);
  message += block;
  message += payload;
  append_number(message, crc32_of(message), 4);
  return message;
}

}  // namespace millwright::extensions
