// Telephone numbers: digits written the way numbers are written, weighed by the numbering plans and by the words around
// them. A bare run of digits is never enough; "+49 30 901820" and "(212) 555-0187" are; "785 8949" is after "call".
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "extensions/guardrails/phone_plan.hpp"
#include "extensions/guardrails/phone_shape.hpp"
#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"phone", DataClass::Internal}};
constexpr std::size_t context_bytes = 64, label_bytes = 20, tail_bytes_max = 96;

/// Some words before a number: it is one.
constexpr std::array<std::string_view, 37> phone_words{
    "phone",     "phones",        "telephone", "tel",      "cellphone",  "fax",         "whatsapp", "hotline",
    "helpline",  "landline",      "voicemail", "pager",    "phoned",     "switchboard", "telefon",  "mobiltelefon",
    "rufnummer", "telefonnummer", "anrufen",   "fon",      "téléphone",  "appeler",     "appelez",  "teléfono",
    "móvil",     "llamar",        "llame",     "telefono", "cellulare",  "chiamare",    "telefoon", "bellen",
    "telefone",  "celular",       "puhelin",   "tlf",      "phonenumber"};
constexpr WordSet phone_set(phone_words);
/// Just before a number: it is one. Further away these words say nothing.
constexpr std::array<std::string_view, 20> calling_words{
    "call",    "calls",    "called",    "calling", "cell", "mobile", "dial",  "ring",     "reach",    "reached",
    "contact", "contacts", "answering", "text",    "sms",  "mobil",  "handy", "portable", "callback", "ext"};
constexpr WordSet calling_set(calling_words);
/// After a number: what kind of number it is.
constexpr std::array<std::string_view, 14> label_words{"office",   "fax",   "mobile", "home",  "work",
                                                       "cell",     "phone", "tel",    "main",  "direct",
                                                       "landline", "mobil", "handy",  "privat"};
constexpr WordSet label_set(label_words);
/// Just before a number: it counts or names something else.
constexpr std::array<std::string_view, 46> other_words{
    "order",    "invoice", "ticket",  "case",     "ref",     "reference", "id",      "ids",    "isbn",     "issn",
    "account",  "zip",     "zipcode", "postal",   "version", "bug",       "build",   "serial", "ssn",      "security",
    "number",   "nr",      "no",      "po",       "sku",     "part",      "article", "item",   "license",  "licence",
    "passport", "iban",    "card",    "tracking", "row",     "port",      "pid",     "uid",    "revision", "commit",
    "lines",    "bytes",   "pages",   "page",     "year",    "date"};

constexpr WordSet other_set(other_words);

bool has_calling_word(const LastWords& before) { return before.has(phone_set, 6) || before.has(calling_set, 2); }

/// "Phone number 123…" names a phone; "order number 123…" does not.
bool has_other_word(const LastWords& before) { return before.has(other_set, 2) && !before.has(phone_set, 3); }

bool has_label_after(std::string_view text, std::size_t end) {
  std::size_t at = end;
  for (int i = 0; i < 3; ++i) {
    const char c = char_at(text, at);
    if (c == ' ' || c == '-' || c == '(' || c == ',' || c == ':') ++at;
  }
  std::size_t word_end = at;
  while (word_end - at < label_bytes && is_alnum(char_at(text, word_end))) ++word_end;
  return label_set.has(text.substr(at, word_end - at));
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_year(std::string_view digits) {
  return digits.size() == 4 && number_of(digits) >= 1700 && number_of(digits) <= 2199;
}
bool is_month(std::string_view digits) {
  return digits.size() <= 2 && number_of(digits) >= 1 && number_of(digits) <= 12;
}
bool is_day(std::string_view digits) { return digits.size() <= 2 && number_of(digits) >= 1 && number_of(digits) <= 31; }

/// Digits by group, as views.
std::array<std::string_view, 3> first_groups(const PhoneShape& shape) {
  std::array<std::string_view, 3> parts{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < shape.groups.size() && i < parts.size(); at += shape.groups[i++]) {
    parts[i] = std::string_view(shape.digits).substr(at, shape.groups[i]);
  }
  return parts;
}

/// Dates, ranges of years, IP addresses, social security numbers, postal codes, book numbers: written like phones.
bool is_something_else(const PhoneShape& shape) {
  const auto [a, b, c] = first_groups(shape);
  const std::size_t count = shape.groups.size();
  if (count >= 3 && is_year(a) && is_month(b) && is_day(c)) return true;
  if (count == 3 && ((is_day(a) && is_month(b)) || (is_month(a) && is_day(b))) && (is_year(c) || c.size() == 2))
    return true;
  if (count == 2 && is_year(a) && is_year(b)) return true;
  if (count == 1 && a.size() == 8 && is_year(a.substr(0, 4)) && is_month(a.substr(4, 2)) && is_day(a.substr(6)))
    return true;
  const auto lengths = [&shape](std::initializer_list<std::size_t> wanted) {
    return std::ranges::equal(shape.groups, wanted);
  };
  if (shape.style != '\0' && (lengths({3, 2, 4}) || lengths({5, 4}))) return true;
  if (count == 4 && shape.style == '.' && std::ranges::all_of(shape.groups, [](std::size_t n) { return n <= 3; }))
    return true;
  if (count >= 4 && shape.digits.size() == 13 && (a == "978" || a == "979")) return true;
  if (count > 1 && shape.groups.back() < 2) return true;
  // A decimal number; a row of bytes or of small numbers.
  if (count == 2 && shape.style == '.') return true;
  if (count > 5 && std::ranges::all_of(shape.groups, [](std::size_t n) { return n <= 2; })) return true;
  return shape.style == '.' && std::ranges::count_if(shape.groups, [](std::size_t n) { return n < 2; }) > 1;
}

bool is_north_american(const PhoneShape& shape) {
  const auto& groups = shape.groups;
  const std::size_t first = groups.size() == 4 && groups[0] == 1 ? 1 : 0;
  if (!shape.has_area_in_parentheses && first == 0 && shape.first_gap != shape.style) return false;
  return groups.size() == first + 3 && groups[first] == 3 && groups[first + 1] == 3 && groups[first + 2] == 4;
}

/// A number written like "1 234 567": more often a quantity.
bool is_quantity(const PhoneShape& shape) {
  return (shape.style == ' ' || shape.style == '.') && shape.groups.size() > 1 && shape.groups[0] <= 3 &&
         shape.digits[0] != '0' &&
         std::all_of(shape.groups.begin() + 1, shape.groups.end(), [](std::size_t length) { return length == 3; });
}

/// "0" and an area code, then enough digits for a number within it, not scattered over single digits.
bool has_area_code(const PhoneShape& shape) {
  if (shape.digits.size() < 9) return false;
  if (shape.groups.size() == 1) return true;
  return shape.groups[0] >= 2 && shape.groups[0] <= 6 &&
         std::ranges::all_of(shape.groups, [](std::size_t length) { return length >= 2; }) &&
         (shape.groups.size() > 2 || shape.groups[0] <= 5);
}

class Phone final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "phone"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t first = sixth_digit_back(text, hit.end);
    if (first == hit.end) return 0;
    if (!is_digit(char_before(text, first)) && may_start_at(text, first)) look_at(text, first, found);
    return end_of_run(text, first, hit.end);
  }

  /// Whatever begins in the digits near the end is open: a label may follow them.
  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    const std::size_t size = text.size();
    const std::size_t label_from = size > label_bytes ? size - label_bytes : 0;
    std::size_t at = size;
    for (std::size_t i = label_from; i < size; ++i) {
      if (is_digit(text[i])) {
        at = i;
        break;
      }
    }
    if (at == size) {
      while (at > 0 && size - at < 2 && (text[at - 1] == '(' || text[at - 1] == '+')) --at;
      return at;
    }
    const std::size_t limit = at > tail_bytes_max ? at - tail_bytes_max : 0;
    while (at > limit && belongs_before(text, at) > 0) at -= std::min(belongs_before(text, at), at - limit);
    return at;
  }

 private:
  /// Bytes of what may stand before a digit of the same number (digits, separators, an extension's word), or 0.
  static std::size_t belongs_before(std::string_view text, std::size_t at) {
    const char c = text[at - 1];
    const bool is_plain = is_digit(c) || c == '.' || c == '(' || c == ')' || c == '/' || c == '+' ||
                          to_lower(c) == 'x' || to_lower(c) == 'e' || to_lower(c) == 't';
    return is_plain ? 1 : separator_length_before(text, at);
  }

  /// The first of the six digits that end at `end`; `end` when something else stands between them.
  static std::size_t sixth_digit_back(std::string_view text, std::size_t end) {
    std::size_t at = end - 1;
    for (int left = 5; left > 0;) {
      if (at == 0) return end;
      const char c = text[at - 1];
      const std::size_t step =
          is_digit(c) || c == '.' || c == '(' || c == ')' || c == '/' ? 1 : separator_length_before(text, at);
      if (step == 0) return end;
      at -= step;
      if (is_digit(c)) --left;
    }
    return at;
  }

  void look_at(std::string_view text, std::size_t first, Candidates& found) const {
    const PhoneShape shape = read_phone_shape(text, first);
    if (shape.end == first || shape.digits.size() < 6 || !may_start(text, shape) || !may_end(text, shape)) return;
    if (is_something_else(shape)) return;
    const double score = weigh(text, shape);
    if (score > 0.2) found.push_back({types_list[0].name, shape.start, shape.end, std::min(score, 0.99)});
  }

  /// Hits up to here begin at a digit behind another, in the run of digits at `first`: no number begins there.
  static std::size_t end_of_run(std::string_view text, std::size_t first, std::size_t end) {
    while (is_digit(char_at(text, ++first)) && is_digit(char_at(text, end))) ++end;
    return end;
  }

  /// What says no before the shape is known: the inside of a word, a longer number, an amount or a path. "(" and "+"
  /// may belong to the number and say nothing yet.
  static bool may_start_at(std::string_view text, std::size_t start) {
    const char before = char_before(text, start), beyond = start > 1 ? text[start - 2] : '\0';
    if (is_alnum(before) || std::string_view("_$@\\%&#").find(before) != std::string_view::npos) return false;
    if (before == ':' || before == ',') return !is_digit(beyond);
    if (before == '.' || before == '/' || before == '-') return !is_alnum(beyond) && beyond != '/' && beyond != ':';
    return true;
  }

  /// The same with all of the shape known.
  static bool may_start(std::string_view text, const PhoneShape& shape) {
    const char before = char_before(text, shape.start);
    if (before == '+' || !may_start_at(text, shape.start)) return false;
    const std::size_t separator = separator_length_before(text, shape.start);
    if (static_cast<unsigned char>(before) >= 0x80u && separator == 0 && shape.start >= 3 &&
        (text.substr(shape.start - 3, 3) == "\xE2\x82\xAC" || text.substr(shape.start - 2, 2) == "\xC2\xA3")) {
      return false;  // € and £
    }
    if (separator == 0) return true;
    const char beyond = char_before(text, shape.start - separator);
    const bool is_space = before == ' ' || static_cast<unsigned char>(before) == 0xA0u;
    if (!is_space) return !is_alnum(beyond) && beyond != '/' && beyond != ':';
    // After other digits and a space only a number with a shape of its own may begin.
    return !is_digit(beyond) || shape.is_international || (shape.style != ' ' && shape.style != '\0');
  }

  static bool may_end(std::string_view text, const PhoneShape& shape) {
    const char after = char_at(text, shape.end), next = char_at(text, shape.end + 1);
    if (is_alnum(after) || after == '_' || after == '%' || after == '@' || after == '=') return false;
    if (after == '.' || after == ',' || after == ':' || after == '/') return !is_digit(next);
    if (after == '-') return !is_alnum(next) || has_label_after(text, shape.end);
    return !(shape.continues && shape.style == ' ' && shape.groups.size() == 1);
  }

  [[nodiscard]] double weigh(std::string_view text, const PhoneShape& shape) const {
    const std::size_t from = shape.start > context_bytes ? shape.start - context_bytes : 0;
    const LastWords before(text.substr(from, shape.start - from));
    double score = base_score(shape);
    const bool is_called = has_calling_word(before) || has_label_after(text, shape.end);
    if (is_called)
      score += 0.4;
    else if (score >= 0.4 && has_other_word(before))
      score -= 0.4;
    return score + (shape.has_extension ? 0.15 : 0);
  }

  [[nodiscard]] double base_score(const PhoneShape& shape) const {
    const std::string_view digits = shape.digits;
    if (shape.is_international) return fit_score(plan_.international(digits), 0.95, 0.7, 0.25);
    if (digits.starts_with("00") && digits.size() >= 9) {
      return fit_score(plan_.international(digits.substr(2)), shape.style == '\0' ? 0.5 : 0.8, 0.5, 0.15);
    }
    if (is_north_american(shape)) return north_american_score(shape);
    if (shape.has_area_in_parentheses && digits.size() >= 7) return fit_score(plan_.national(digits), 0.65, 0.5, 0.5);
    if (is_quantity(shape)) return 0.15;
    if (shape.style == '\0' && digits.size() < 7) return 0.05;
    if (!digits.starts_with('0')) return shape.style != '\0' && digits.size() >= 7 ? 0.25 : 0.15;
    if (!has_area_code(shape)) return 0.25;
    const PlanFit national = plan_.national(digits);
    if (shape.style == '\0') return fit_score(national, 0.3, 0.15, 0.1);
    return fit_score(national, shape.groups.size() > 2 ? 0.6 : 0.5, 0.3, 0.25);
  }

  static double fit_score(PlanFit fit, double pattern, double length, double none) {
    return fit == PlanFit::Pattern ? pattern : fit == PlanFit::Length ? length : none;
  }

  /// Area and exchange codes begin with 2 to 9; the grouping 3-3-4 says much by itself.
  static double north_american_score(const PhoneShape& shape) {
    const std::size_t area = shape.groups.size() == 4 ? 1 : 0;
    const bool is_valid = shape.digits[area] >= '2' && shape.digits[area + 3] >= '2';
    if (shape.has_area_in_parentheses || shape.style == '-') return is_valid ? 0.7 : 0.45;
    return is_valid ? (shape.style == '.' ? 0.65 : 0.5) : 0.3;
  }

  std::vector<Anchor> anchors_{{six_digits_expression()}};
  PhonePlan plan_;
};

}  // namespace

std::unique_ptr<Guardrail> make_phone() { return std::make_unique<Phone>(); }

}  // namespace millwright::extensions
