#include "io/http/message.hpp"

#include <algorithm>
#include <array>

#include "io/http/target.hpp"

namespace millwright::io::http {
namespace {

constexpr std::array<std::string_view, 8> method_names{"GET",   "HEAD",   "POST",    "PUT",
                                                       "PATCH", "DELETE", "OPTIONS", "OTHER"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || lower(x) == lower(y);
         });
}

}  // namespace

std::string_view method_name(Method method) { return method_names[static_cast<std::size_t>(method)]; }

std::string_view Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (is_same_name(field.name, name)) return field.value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const Field& field) { return is_same_name(field.name, name); });
}

void Headers::set(std::string_view name, std::string value) {
  const auto first = std::ranges::find_if(fields_, [&](const Field& f) { return is_same_name(f.name, name); });
  if (first == fields_.end()) return add(name, std::move(value));
  first->value = std::move(value);
  const auto rest = std::remove_if(first + 1, fields_.end(),
                                   [&](const Field& f) { return is_same_name(f.name, name); });
  fields_.erase(rest, fields_.end());
}

void Headers::add(std::string_view name, std::string value) {
  fields_.push_back(Field{std::string(name), std::move(value)});
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return is_same_name(field.name, name); });
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (decoded_query_part(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : decoded_query_part(pair.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace millwright::io::http
