// Payment card numbers: 12 to 19 digits, alone or in the groups cards are printed in, whose first digits name an issuer
// that issues that length, and whose last digit is the Luhn check digit.
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"credit_card", DataClass::Restricted}};
constexpr std::size_t run_bytes_max = 64;

/// First digits from..to, written with as many digits as each bound has; `lengths` has bit n set when numbers of n
/// digits exist.
struct Issuer {
  std::uint32_t from, to;
  std::uint32_t digits;  // of from and to
  std::uint32_t lengths;
};
constexpr std::uint32_t only(int length) { return 1u << length; }
constexpr std::uint32_t between(int low, int high) {
  std::uint32_t lengths = 0;
  for (int length = low; length <= high; ++length) lengths |= only(length);
  return lengths;
}
constexpr std::array<Issuer, 24> issuers{{
    {4, 4, 1, only(13) | only(16) | only(19)},  // Visa
    {51, 55, 2, only(16)},                      // Mastercard
    {2221, 2720, 4, only(16)},                  // Mastercard, 2-series
    {34, 34, 2, only(15)},                      // American Express
    {37, 37, 2, only(15)},
    {300, 305, 3, between(14, 19)},  // Diners Club
    {3095, 3095, 4, between(14, 19)},
    {36, 36, 2, between(14, 19)},
    {38, 39, 2, between(14, 19)},
    {3528, 3589, 4, between(16, 19)},  // JCB
    {2131, 2131, 4, only(15)},
    {1800, 1800, 4, only(15)},
    {6011, 6011, 4, between(16, 19)},  // Discover
    {644, 649, 3, between(16, 19)},
    {65, 65, 2, between(16, 19)},  // Discover, RuPay, Verve
    {60, 60, 2, only(16)},         // RuPay
    {81, 82, 2, between(16, 19)},  // UnionPay, RuPay
    {62, 62, 2, between(16, 19)},  // UnionPay
    {50, 50, 2, between(12, 19)},  // Maestro
    {56, 58, 2, between(12, 19)},
    {6304, 6304, 4, between(12, 19)},
    {639, 639, 3, between(12, 19)},
    {67, 67, 2, between(12, 19)},
    {2200, 2204, 4, between(16, 19)},  // Mir
}};

bool has_issuer(std::string_view digits) {
  return std::ranges::any_of(issuers, [digits](const Issuer& issuer) {
    if ((issuer.lengths >> digits.size() & 1u) == 0) return false;
    std::uint32_t first = 0;
    for (std::uint32_t i = 0; i < issuer.digits; ++i) first = first * 10 + static_cast<std::uint32_t>(digits[i] - '0');
    return first >= issuer.from && first <= issuer.to;
  });
}

bool is_card(std::string_view digits) {
  return digits.size() >= 12 && digits.size() <= 19 && digits.find_first_not_of(digits[0]) != std::string_view::npos &&
         has_issuer(digits) && passes_luhn(digits);
}

/// Groups as printed on cards, the longest first.
constexpr std::array<std::string_view, 9> layouts{"44443", "44442", "4444", "4441", "465", "464", "445", "444", "4443"};

/// Not the inside of a longer word or number.
bool is_free(std::string_view text, std::size_t start, std::size_t end) {
  const char before = char_before(text, start), after = char_at(text, end);
  if (is_alnum(before) || before == '_' || is_alnum(after) || after == '_') return false;
  if (before == '.' && is_digit(char_before(text, start - 1))) return false;
  return !(after == '.' && is_digit(char_at(text, end + 1)));
}

class CreditCard final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "credit_card"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  /// The twelfth digit of a run, or of three groups, is the place to look; every digit after the sixth is a hit.
  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t last = digits_before(text, hit.end, 12);
    if (last == 12)
      look_at_run(text, hit.end - 12, found);
    else if (last == 4)
      look_at_groups(text, hit.end, found);
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    std::size_t start = text.size();
    const std::size_t limit = start > run_bytes_max ? start - run_bytes_max : 0;
    while (start > limit) {
      const char c = text[start - 1];
      const std::size_t step = is_digit(c) || c == '.' || c == ',' ? 1 : separator_length_before(text, start);
      if (step == 0 || start < limit + step) break;
      start -= step;
    }
    while (start < text.size() && !is_digit(text[start])) ++start;
    return start;
  }

 private:
  static std::size_t digits_before(std::string_view text, std::size_t at, std::size_t count_max) {
    std::size_t count = 0;
    while (count < count_max && count < at && is_digit(text[at - count - 1])) ++count;
    return count;
  }

  /// Twelve digits or more without separators.
  static void look_at_run(std::string_view text, std::size_t start, Candidates& found) {
    if (is_digit(char_before(text, start))) return;
    std::size_t end = start + 12;
    while (is_digit(char_at(text, end)) && end - start <= 19) ++end;
    // The last group of a UUID is twelve digits after a hyphen.
    if (end - start == 12 && char_before(text, start) == '-') return;
    if (is_free(text, start, end) && is_card(text.substr(start, end - start))) {
      found.push_back({types_list[0].name, start, end, 0.98});
    }
  }

  /// `at` is behind four digits that may be the third group, or its beginning.
  static void look_at_groups(std::string_view text, std::size_t at, Candidates& found) {
    std::size_t start = at - 4;
    for (const std::size_t wanted : {std::size_t{0}, std::size_t{4}}) {
      const std::size_t separator = separator_length_before(text, start);
      if (separator == 0) return;
      start -= separator;
      const std::size_t digits = digits_before(text, start, 7);
      if (wanted != 0 ? digits < wanted : digits != 4 && digits != 6) return;
      start -= wanted != 0 ? wanted : digits;
    }
    for (const std::string_view layout : layouts) {
      std::string digits;
      const std::size_t end = read_layout(text, start, layout, digits);
      if (end > start && is_free(text, start, end) && is_card(digits)) {
        found.push_back({types_list[0].name, start, end, 0.98});
        return;
      }
    }
  }

  /// End of groups of these lengths with one kind of separator between them, or `start`.
  static std::size_t read_layout(std::string_view text, std::size_t start, std::string_view layout,
                                 std::string& digits) {
    std::size_t at = start;
    std::string_view separator;
    for (std::size_t group = 0; group < layout.size(); ++group) {
      if (group > 0) {
        const std::string_view here = text.substr(at, separator_length(text, at));
        if (here.empty() || (group > 1 && here != separator)) return start;
        separator = here;
        at += here.size();
      }
      const auto length = static_cast<std::size_t>(layout[group] - '0');
      for (std::size_t i = 0; i < length; ++i, ++at) {
        if (!is_digit(char_at(text, at))) return start;
        digits.push_back(text[at]);
      }
    }
    return at;
  }

  std::vector<Anchor> anchors_{{six_digits_expression()}};
};

}  // namespace

std::unique_ptr<Guardrail> make_credit_card() { return std::make_unique<CreditCard>(); }

}  // namespace millwright::extensions
