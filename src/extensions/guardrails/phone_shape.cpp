#include "extensions/guardrails/phone_shape.hpp"

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t digits_max = 15;

/// What stands between two groups: its kind (the style) and its bytes. Kind NUL: no separator.
struct Gap {
  char kind = '\0';
  std::size_t bytes = 0;
};

Gap read_gap(std::string_view text, std::size_t at) {
  const char c = char_at(text, at);
  if (c == '.' || c == '/') return {c, 1};
  const std::size_t length = separator_length(text, at);
  if (length == 0) return {};
  // A no-break space is a space; every typographic dash is a hyphen.
  const bool is_space = c == ' ' || static_cast<unsigned char>(c) == 0xC2u ||
                        (length == 3 && static_cast<unsigned char>(text[at + 2]) == 0xAFu);
  return {is_space ? ' ' : '-', length};
}

void read_digits(std::string_view text, std::size_t& at, PhoneShape& shape) {
  std::size_t count = 0;
  while (is_digit(char_at(text, at)) && shape.digits.size() <= digits_max) {
    shape.digits.push_back(text[at++]);
    ++count;
  }
  shape.groups.push_back(count);
}

/// "x123", " ext. 123": up to six digits.
void read_extension(std::string_view text, PhoneShape& shape) {
  std::size_t at = shape.end;
  if (char_at(text, at) == ' ') ++at;
  if (has_at(text, at, "ext"))
    at += 3;
  else if (has_at(text, at, "x"))
    at += 1;
  else
    return;
  if (char_at(text, at) == '.') ++at;
  if (char_at(text, at) == ' ') ++at;
  const std::size_t digits = at;
  while (is_digit(char_at(text, at)) && at - digits <= 6) ++at;
  if (at == digits || at - digits > 6 || is_alnum(char_at(text, at))) return;
  shape.end = at;
  shape.has_extension = true;
}

/// "(0)" after a calling code: +49 (0)30 …
std::size_t trunk_in_parentheses(std::string_view text, std::size_t at) {
  if (char_at(text, at) == ' ') ++at;
  return has_at(text, at, "(0)") ? at + 3 : 0;
}

/// After "(030": the ")" and at most one separator.
bool close_parenthesis(std::string_view text, std::size_t& at) {
  if (char_at(text, at) != ')') return false;
  ++at;
  const Gap gap = read_gap(text, at);
  if (gap.kind == ' ' || gap.kind == '-') at += gap.bytes;
  return is_digit(char_at(text, at));
}

/// "+1 (555) …": an opened area code after the calling code.
std::size_t open_parenthesis(std::string_view text, std::size_t at) {
  if (char_at(text, at) == ' ' || char_at(text, at) == '-') ++at;
  return char_at(text, at) == '(' && is_digit(char_at(text, at + 1)) ? at + 1 : 0;
}

void read_prefix(std::string_view text, std::size_t& at, PhoneShape& shape) {
  if (char_before(text, shape.start) == '(') {
    --shape.start;
    shape.has_area_in_parentheses = true;
    if (char_before(text, shape.start) == '+') shape.start = at;  // "+(": no known way to write a number
  } else if (char_before(text, shape.start) == '+') {
    --shape.start;
    shape.is_international = true;
  }
  read_digits(text, at, shape);
  if (shape.has_area_in_parentheses) {
    if (shape.groups[0] > 5 || !close_parenthesis(text, at)) {
      ++shape.start;
      shape.has_area_in_parentheses = false;
      return;
    }
    read_digits(text, at, shape);
  } else if (const std::size_t trunk = shape.groups[0] <= 4 ? trunk_in_parentheses(text, at) : 0; trunk > 0) {
    at = trunk + (char_at(text, trunk) == ' ' ? 1 : 0);
    if (is_digit(char_at(text, at))) read_digits(text, at, shape);
  } else if (const std::size_t area = shape.is_international || shape.digits == "1" ? open_parenthesis(text, at) : 0;
             area > 0) {
    std::size_t ahead = area;
    while (is_digit(char_at(text, ahead)) && ahead - area < 5) ++ahead;
    if (close_parenthesis(text, ahead)) {
      at = area;
      read_digits(text, at, shape);
      if (close_parenthesis(text, at)) read_digits(text, at, shape);
      shape.has_area_in_parentheses = true;
    }
  }
}

}  // namespace

PhoneShape read_phone_shape(std::string_view text, std::size_t first) {
  PhoneShape shape{.start = first, .end = first};
  std::size_t at = first;
  read_prefix(text, at, shape);
  // The first gap may differ from the rest: "030/123 45 67", "+44 20-7946-0018".
  std::size_t gaps = 0;
  while (shape.digits.size() <= digits_max && at - first <= phone_bytes_max) {
    const Gap gap = read_gap(text, at);
    if (gap.kind == '\0' || !is_digit(char_at(text, at + gap.bytes))) break;
    if (shape.style != '\0' && gap.kind != shape.style) {
      if (gaps > 1 || gap.kind == ' ') {
        shape.continues = true;
        break;
      }
    }
    if (gaps == 0) shape.first_gap = gap.kind;
    shape.style = gap.kind;
    ++gaps;
    at += gap.bytes;
    read_digits(text, at, shape);
  }
  if (shape.digits.size() > digits_max || at - first > phone_bytes_max) return {.start = first, .end = first};
  shape.end = at;
  read_extension(text, shape);
  return shape;
}

}  // namespace millwright::extensions
