#include <charconv>

#include "store/database.hpp"

namespace millwright::store {
namespace {

const std::string empty_text;

template <class Number>
Number number_of(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() ? number : Number{};
}

}  // namespace

bool Row::is_null(std::size_t column) const { return std::holds_alternative<Null>(values_.at(column)); }

std::int64_t Row::integer(std::size_t column) const {
  const Value& value = values_.at(column);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) {
    constexpr double limit = 9.2233720368547748e18;   // the largest double below 2^63
    if (!(*real >= -limit && *real <= limit)) return 0;
    return static_cast<std::int64_t>(*real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) return number_of<std::int64_t>(*text);
  return 0;
}

double Row::real(std::size_t column) const {
  const Value& value = values_.at(column);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* text = std::get_if<std::string>(&value)) return number_of<double>(*text);
  return 0.0;
}

const std::string& Row::text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&values_.at(column));
  return text == nullptr ? empty_text : *text;
}

}  // namespace millwright::store
