// The character encoding of a text: declared, marked or detected, and its conversion to UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace millwright::extensions {

struct DecodedText {
  std::string text;        // valid UTF-8, no byte order mark, line ends "\n"
  std::string charset;     // of the input, as used
  std::string warning;     // when the declaration was wrong or bytes were replaced
};

/// A byte order mark decides, then valid UTF-8, then `declared` (a charset name or empty), then ICU's detector.
[[nodiscard]] DecodedText decode_text(std::string_view bytes, std::string_view declared);
/// The charset an HTML or XML document declares in its first bytes, or empty.
[[nodiscard]] std::string declared_charset(std::string_view bytes);
/// True for bytes no text holds: NUL outside UTF-16/32, or many control characters.
[[nodiscard]] bool is_binary(std::string_view bytes);

}  // namespace millwright::extensions
