// UTF-8 and Unicode of text.hpp.
#include <cstring>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include "base/text.hpp"

namespace millwright {
namespace {

struct Sequence {
  std::size_t length;   // bytes of the character, or of the longest malformed start that one U+FFFD replaces
  bool is_valid;
};

/// The character at `at`, by table 3-7 of the Unicode standard.
Sequence sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {1, true};
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(at + i) < low || byte(at + i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

std::size_t skip_ascii(std::string_view text, std::size_t at) {
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const auto sequence = sequence_at(text, at);
    if (!sequence.is_valid) return at;
    at += sequence.length;
  }
  return std::nullopt;
}

std::string to_valid_utf8(std::string_view text) {
  auto bad = first_invalid_utf8(text);
  if (!bad) return std::string(text);
  std::string clean;
  clean.reserve(text.size() + 16);
  std::size_t from = 0;
  for (std::size_t at = *bad; at < text.size();) {
    const auto sequence = sequence_at(text, at);
    if (!sequence.is_valid) {
      clean.append(text, from, at - from);
      clean += "\xEF\xBF\xBD";
      from = at + sequence.length;
    }
    at += sequence.length;
  }
  clean.append(text, from);
  return clean;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  // A character has at most three continuation bytes; more of them are no UTF-8 and are cut anywhere.
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++i) --end;
  if ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) end = bytes_max;
  return text.substr(0, end);
}

std::string normalized_for_comparison(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  ensure(U_SUCCESS(status) && normalizer != nullptr, "ICU has its normalization data");
  std::string result;
  const std::string valid = to_valid_utf8(text);
  icu::StringByteSink<std::string> sink(&result, static_cast<std::int32_t>(valid.size()));
  ensure(valid.size() <= INT32_MAX, "text to normalize is below 2 GiB");
  normalizer->normalizeUTF8(0, icu::StringPiece(valid.data(), static_cast<std::int32_t>(valid.size())), sink, nullptr,
                            status);
  ensure(U_SUCCESS(status), "well-formed UTF-8 can be normalized");
  return result;
}

}  // namespace millwright
