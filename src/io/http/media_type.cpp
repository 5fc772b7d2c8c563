#include "io/http/media_type.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t parameters_max = 32;

bool is_space(char c) { return c == ' ' || c == '\t'; }

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

std::string_view take_until(std::string_view& text, std::string_view stops) {
  const auto end = std::min(text.find_first_of(stops), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

/// `text` begins after the opening quote, and after the call behind the closing one.
Result<std::string> take_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c == '\\' && !text.empty() && (text.front() == '"' || text.front() == '\\')) {
      c = text.front();
      text.remove_prefix(1);
    }
    value += c;
  }
  return fail(ErrorCode::InvalidInput, "a quoted value has no closing quote");
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    if (!high || !low) return fail(ErrorCode::InvalidInput, "a percent sign is not followed by two hex digits");
    bytes += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return bytes;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0 | (byte >> 6));
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

}  // namespace

const std::string* ParameterizedValue::find(std::string_view name) const {
  const auto found = std::ranges::find_if(parameters, [name](const auto& entry) { return entry.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

Result<ParameterizedValue> parse_parameterized(std::string_view text) {
  ParameterizedValue parsed;
  skip_spaces(text);
  parsed.value = to_lower_ascii(trimmed(take_until(text, ";")));
  while (!text.empty()) {
    text.remove_prefix(1);   // the semicolon
    skip_spaces(text);
    if (text.empty() || text.front() == ';') continue;
    const auto name = to_lower_ascii(trimmed(take_until(text, "=;")));
    if (text.empty() || text.front() != '=' || name.empty()) {
      return fail(ErrorCode::InvalidInput, "a parameter is not of the form name=value");
    }
    text.remove_prefix(1);
    skip_spaces(text);
    std::string value;
    if (!text.empty() && text.front() == '"') {
      text.remove_prefix(1);
      auto quoted = take_quoted(text);
      if (!quoted) return pass(quoted);
      value = std::move(*quoted);
      skip_spaces(text);
      if (!text.empty() && text.front() != ';') {
        return fail(ErrorCode::InvalidInput, "a quoted value is not followed by a semicolon");
      }
    } else {
      value = trimmed(take_until(text, ";"));
    }
    if (parsed.find(name) != nullptr) {
      return fail(ErrorCode::InvalidInput, "the parameter {} is given twice", utf8_prefix(to_valid_utf8(name), 40));
    }
    if (parsed.parameters.size() == parameters_max) {
      return fail(ErrorCode::InvalidInput, "a header has more than {} parameters", parameters_max);
    }
    parsed.parameters.emplace_back(name, std::move(value));
  }
  return parsed;
}

Result<std::string> decode_extended_value(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos) {
    return fail(ErrorCode::InvalidInput, "an extended value is not of the form charset'language'value");
  }
  const auto charset = text.substr(0, first);
  auto bytes = percent_decoded(text.substr(second + 1));
  if (!bytes) return bytes;
  if (equal_ignoring_case(charset, "utf-8")) return bytes;
  if (equal_ignoring_case(charset, "iso-8859-1")) return utf8_of_latin1(*bytes);
  return fail(ErrorCode::InvalidInput, "an extended value must be in UTF-8 or ISO-8859-1");
}

}  // namespace millwright::io::http
