// Hex and base64 of text.hpp.
#include <array>

#include "base/text.hpp"

namespace millwright {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> make_base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
    values[static_cast<unsigned char>(base64url_digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto base64_values = make_base64_values();

std::string encode_base64(std::string_view bytes, std::string_view digits) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) text += digits[bits >> (count -= 6) & 63];
  }
  if (count > 0) text += digits[bits << (6 - count) & 63];
  return text;
}

}  // namespace

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  auto at = out.size();
  out.resize(at + bytes.size() * 2);
  for (const auto byte : bytes) {
    out[at++] = hex_digits[byte >> 4];
    out[at++] = hex_digits[byte & 15];
  }
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

Result<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail(ErrorCode::InvalidInput, "hex text has an odd number of digits");
  std::string bytes(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      auto error = fail(ErrorCode::InvalidInput, "hex text has a character that is no hex digit");
      error.error().where.byte = 2 * i + (high < 0 ? 0 : 1);
      return error;
    }
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  auto text = encode_base64(bytes, base64_digits);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string to_base64url(std::string_view bytes) { return encode_base64(bytes, base64url_digits); }

Result<std::string> from_base64(std::string_view text) {
  std::size_t padding = 0;
  std::string_view digits = text;
  while (!digits.empty() && digits.back() == '=' && padding < 2) {
    digits.remove_suffix(1);
    ++padding;
  }
  if (digits.size() % 4 == 1 || (padding > 0 && text.size() % 4 != 0)) {
    return fail(ErrorCode::InvalidInput, "base64 text is cut off");
  }
  std::string bytes;
  bytes.reserve(digits.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int value = base64_values[static_cast<unsigned char>(digits[i])];
    if (value < 0) {
      auto error = fail(ErrorCode::InvalidInput, "base64 text has a character that is no base64 digit");
      error.error().where.byte = i;
      return error;
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8));
  }
  // One text for one value (RFC 4648, section 3.5): a signature must not have a second spelling.
  if ((bits & ((1u << count) - 1)) != 0) {
    return fail(ErrorCode::InvalidInput, "base64 text ends in bits that belong to no byte");
  }
  return bytes;
}

}  // namespace millwright
