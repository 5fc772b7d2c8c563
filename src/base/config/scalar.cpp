#include "base/config/scalar.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/money.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::config {
namespace {

std::string shown(std::string_view text) {
  const auto prefix = utf8_prefix(text, 64);
  return prefix.size() == text.size() ? std::string(text) : std::string(prefix) + "…";
}

std::unexpected<Error> refuse(std::string message, std::string fix) {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  error.message = std::move(message);
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

/// Bounds, shown in the option's own unit by `render`.
template <class Render>
Result<void> check_bounds(const Spec& spec, std::int64_t value, std::string_view what, Render render) {
  if (spec.minimum && value < *spec.minimum) {
    return refuse(fmt::format("{} is below the minimum of {}", what, render(*spec.minimum)), {});
  }
  if (spec.maximum && value > *spec.maximum) {
    return refuse(fmt::format("{} is above the maximum of {}", what, render(*spec.maximum)), {});
  }
  return {};
}

std::string plain(std::int64_t value) { return fmt::format("{}", value); }

Result<std::string> check_integer(const Spec& spec, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, reason] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (reason != std::errc() || end != text.data() + text.size()) {
    return refuse(fmt::format("\"{}\" is not a whole number", shown(text)), "Write digits only, as in 100.");
  }
  auto bounds = check_bounds(spec, value, text, plain);
  if (!bounds) return pass(bounds);
  return plain(value);
}

Result<std::string> check_real(const Spec& spec, std::string_view text) {
  double value = 0;
  const auto [end, reason] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (reason != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return refuse(fmt::format("\"{}\" is not a number", shown(text)), "Write a decimal number, as in 0.5.");
  }
  if (spec.minimum && value < static_cast<double>(*spec.minimum)) {
    return refuse(fmt::format("{} is below the minimum of {}", text, *spec.minimum), {});
  }
  if (spec.maximum && value > static_cast<double>(*spec.maximum)) {
    return refuse(fmt::format("{} is above the maximum of {}", text, *spec.maximum), {});
  }
  return fmt::format("{}", value);
}

Result<std::string> check_duration(const Spec& spec, std::string_view text) {
  auto value = parse_duration(text);
  if (!value) return pass(value);
  auto bounds = check_bounds(spec, value->count(), text, [](std::int64_t ms) { return render_duration(Duration(ms)); });
  if (!bounds) return pass(bounds);
  return render_duration(*value);
}

Result<std::string> check_size(const Spec& spec, std::string_view text) {
  auto value = parse_size(text);
  if (!value) return pass(value);
  auto bounds = check_bounds(spec, static_cast<std::int64_t>(*value), text,
                             [](std::int64_t bytes) { return render_size(static_cast<std::uint64_t>(bytes)); });
  if (!bounds) return pass(bounds);
  return render_size(*value);
}

Result<std::string> check_text(const Spec& spec, std::string_view text) {
  auto bounds = check_bounds(spec, static_cast<std::int64_t>(text.size()), "the length of the text", plain);
  if (!bounds) return pass(bounds);
  return std::string(text);
}

Result<std::string> check_name(std::string_view text) {
  const auto is_good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool is_name = !text.empty() && text.size() <= 63 && is_good(text.front());
  for (const char c : text) is_name = is_name && (is_good(c) || c == '.' || c == '_' || c == '-');
  if (is_name) return std::string(text);
  return refuse(fmt::format("\"{}\" is not a name", shown(text)),
                "Use lower-case letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit.");
}

Result<std::string> check_choice(const Spec& spec, std::string_view text) {
  for (const auto& choice : spec.choices) {
    if (choice == text) return choice;
  }
  const std::vector<std::string_view> candidates(spec.choices.begin(), spec.choices.end());
  const auto nearest = nearest_name(text, candidates);
  return refuse(fmt::format("\"{}\" is not one of {}", shown(text), join(spec.choices, ", ")),
                nearest ? fmt::format("Did you mean \"{}\"?", *nearest) : std::string());
}

Result<std::string> check_date(std::string_view text) {
  const bool has_length = text.size() == 10;
  const auto time = has_length ? parse_time(std::string(text) + "T00:00:00Z") : Result<Timestamp>(fail(ErrorCode::InvalidInput, ""));
  if (time) return std::string(text);
  return refuse(fmt::format("\"{}\" is not a date", shown(text)), "Write year, month and day, as in 2027-09-01.");
}

Result<std::string> check_money(std::string_view text) {
  auto money = parse_money(text);
  if (!money) return pass(money);
  return render_decimal(*money) + " USD";
}

Result<std::string> check_unit_price(std::string_view text) {
  auto price = parse_unit_price(text);
  if (!price) return pass(price);
  return render_unit_price(*price);
}

}  // namespace

Result<std::string> check_scalar(const Spec& spec, std::string_view text) {
  switch (spec.kind) {
    case Kind::Text: return check_text(spec, text);
    case Kind::Name: return check_name(text);
    case Kind::Choice: return check_choice(spec, text);
    case Kind::Integer: return check_integer(spec, text);
    case Kind::Real: return check_real(spec, text);
    case Kind::Boolean:
      if (text == "true" || text == "false") return std::string(text);
      return refuse(fmt::format("\"{}\" is neither true nor false", shown(text)), "Write true or false.");
    case Kind::Duration: return check_duration(spec, text);
    case Kind::Size: return check_size(spec, text);
    case Kind::Money: return check_money(text);
    case Kind::UnitPrice: return check_unit_price(text);
    case Kind::Date: return check_date(text);
    case Kind::Secret:
    case Kind::List:
    case Kind::Object:
    case Kind::Map: break;
  }
  return refuse(fmt::format("{} is needed here, not a single value", describe_kind(spec)), {});
}

std::string describe_kind(const Spec& spec) {
  switch (spec.kind) {
    case Kind::Text: return "a text";
    case Kind::Name: return "a name";
    case Kind::Choice: return "one of " + join(spec.choices, ", ");
    case Kind::Integer: return "a whole number";
    case Kind::Real: return "a number";
    case Kind::Boolean: return "true or false";
    case Kind::Duration: return "a duration";
    case Kind::Size: return "a size";
    case Kind::Money: return "an amount of money";
    case Kind::UnitPrice: return "a price";
    case Kind::Date: return "a date";
    case Kind::Secret: return "a reference to a secret";
    case Kind::List: return "a list";
    case Kind::Object:
    case Kind::Map: return "a map";
  }
  return {};
}

bool looks_typed(std::string_view text) {
  constexpr std::array words{"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", ".inf", ".nan", "-.inf"};
  for (const std::string_view word : words) {
    if (equal_ignoring_case(text, word)) return true;
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string_view rest = text;
  if (!rest.empty() && (rest.front() == '+' || rest.front() == '-' || rest.front() == '.')) rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front())) return text.empty();
  // Anything made of what numbers, dates and times are made of.
  return text.find_first_not_of("0123456789+-._:eExXoabcdefABCDEFTZ ") == std::string_view::npos;
}

}  // namespace millwright::config
