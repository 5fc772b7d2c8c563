// United States social security numbers, written 123-45-6789 or 123 45 6789: areas, groups and serials that were
// issued.
#include "extensions/guardrails/all.hpp"

#include <array>
#include <string>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"us_ssn", DataClass::Restricted}};
constexpr std::array<std::string_view, 9> context_words{"ssn",  "ssns", "security", "social", "taxpayer",
                                                        "itin", "tin",  "ss",       "ssid"};

constexpr WordSet context_set(context_words);

/// Never issued: area 000, 666 and 900 up, group 00, serial 0000; and the numbers of advertisements.
bool was_issued(std::string_view area, std::string_view group, std::string_view serial) {
  if (area == "000" || area == "666" || area[0] == '9' || group == "00" || serial == "0000") return false;
  return !(area == "078" && group == "05" && serial == "1120") &&
         !(area == "219" && group == "09" && serial == "9999") && !(area == "123" && group == "45" && serial == "6789");
}

/// "123-45-6789" with hyphens or spaces.
bool is_written_so(std::string_view text) {
  constexpr std::string_view shape = "000-00-0000";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != '-' && text[i] != ' ') return false;
  }
  return true;
}

class UsSsn final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "us_ssn"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t start = hit.end < 11 ? 0 : hit.end - 11;
    if (hit.end < 11 || !is_written_so(text.substr(start, 11))) return 0;
    const char separator = text[start + 3], before = char_before(text, start), after = char_at(text, hit.end);
    if (separator != text[start + 6] || is_alnum(before) || is_alnum(after) || before == '-' || after == '-') return 0;
    if ((before == '.' || before == ' ') && start > 1 && is_digit(text[start - 2])) return 0;
    if (after == '.' && is_digit(char_at(text, hit.end + 1))) return 0;
    if (!was_issued(text.substr(start, 3), text.substr(start + 4, 2), text.substr(start + 7, 4))) return 0;
    const std::size_t from = start > 64 ? start - 64 : 0;
    const bool is_named = LastWords(text.substr(from, start - from)).has(context_set, 6);
    const double score = separator == '-' ? 0.85 : 0.3;
    found.push_back({types_list[0].name, start, hit.end, is_named ? 0.97 : score});
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    const std::size_t limit = text.size() > 13 ? text.size() - 13 : 0;
    std::size_t start = text.size();
    while (start > limit &&
           (is_digit(text[start - 1]) || text[start - 1] == '-' || text[start - 1] == ' ' || text[start - 1] == '.')) {
      --start;
    }
    while (start < text.size() && !is_digit(text[start])) ++start;
    return start;
  }

 private:
  std::vector<Anchor> anchors_{{six_digits_expression()}};
};

}  // namespace

std::unique_ptr<Guardrail> make_us_ssn() { return std::make_unique<UsSsn>(); }

}  // namespace millwright::extensions
