// International bank account numbers (ISO 13616): country, its length, and the mod-97 check.
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"iban", DataClass::Restricted}};
constexpr std::size_t bytes_max = 72;

/// Country and number of characters, by the SWIFT registry of IBAN formats.
struct Country {
  char code[3];
  std::size_t length;
};
constexpr std::array<Country, 88> countries{{
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22},
    {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27},
    {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27},
    {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28},
    {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28},
    {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22},
    {"MK", 19}, {"MN", 20}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
    {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
}};

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::size_t length_of(std::string_view text, std::size_t at) {
  const char first = to_upper(char_at(text, at)), second = to_upper(char_at(text, at + 1));
  const auto found = std::ranges::find_if(countries, [first, second](const Country& country) {
    return country.code[0] == first && country.code[1] == second;
  });
  return found == countries.end() ? 0 : found->length;
}

/// ISO 7064 mod 97-10 over the characters, the first four moved to the end.
bool passes_mod97(std::string_view characters) {
  unsigned rest = 0;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const char c = characters[(i + 4) % characters.size()];
    rest = is_digit(c) ? rest * 10 + static_cast<unsigned>(c - '0') : rest * 100 + static_cast<unsigned>(c - 'A' + 10);
    rest %= 97;
  }
  return rest == 1;
}

struct Reading {
  std::string characters;  // upper case, without separators
  std::size_t end = 0;
};
/// Characters from `start` on, single separators between them skipped, until `count` are read or the shape breaks.
Reading read(std::string_view text, std::size_t start, std::size_t count) {
  Reading reading{{}, start};
  for (std::size_t at = start; reading.characters.size() < count && at < text.size();) {
    if (is_alnum(text[at])) {
      reading.characters.push_back(to_upper(text[at++]));
      reading.end = at;
      continue;
    }
    const std::size_t step = separator_length(text, at);
    if (step == 0 || reading.end != at || !is_alnum(char_at(text, at + step))) break;
    at += step;
  }
  return reading;
}

class Iban final : public Guardrail {
 public:
  Iban() { anchors_ = {{"[a-z]{2}[0-9]{2}" + std::string(separator_expression) + "?[a-z0-9]{4}", true}}; }
  [[nodiscard]] std::string_view name() const override { return "iban"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    std::size_t start = hit.end - 4;
    start -= separator_length_before(text, start) + 4;
    if (is_alnum(char_before(text, start))) return 0;
    const std::size_t length = length_of(text, start);
    if (length == 0) return 0;
    const Reading reading = read(text, start, length);
    if (reading.characters.size() != length || is_alnum(char_at(text, reading.end))) return 0;
    // Lower case in groups is how hexadecimal dumps are written; only numbers typed in one go are lower case.
    if (is_lower(text[start]) && reading.end - start != length) return 0;
    if (reading.end - start > bytes_max || !passes_mod97(reading.characters)) return 0;
    found.push_back({types_list[0].name, start, reading.end, 0.99});
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    for (std::size_t at = text.size() > bytes_max ? text.size() - bytes_max : 0; at < text.size(); ++at) {
      if (is_letter(text[at]) && !is_alnum(char_before(text, at)) && may_become_iban(text, at)) return at;
    }
    return text.size();
  }

 private:
  static bool may_become_iban(std::string_view text, std::size_t at) {
    const std::size_t left = text.size() - at;
    if (left == 1) return true;
    const std::size_t length = length_of(text, at);
    if (length == 0) return false;
    if ((left > 2 && !is_digit(text[at + 2])) || (left > 3 && !is_digit(text[at + 3]))) return false;
    const Reading reading = read(text, at, length + 1);
    // Open while the text ends inside the number, in a separator after it, or right behind it.
    return reading.end + separator_length(text, reading.end) >= text.size();
  }

  std::vector<Anchor> anchors_;
};

}  // namespace

std::unique_ptr<Guardrail> make_iban() { return std::make_unique<Iban>(); }

}  // namespace millwright::extensions
