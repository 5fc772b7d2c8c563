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

Headers::Headers(std::initializer_list<Field> fields) {
  for (const Field& field : fields) add(field.name, field.value);
}

Headers::Field Headers::field(const Place& place) const {
  const std::string_view text = text_;
  return {text.substr(place.begin, place.name_size), text.substr(place.begin + place.name_size, place.value_size)};
}

bool Headers::is_named(const Place& place, std::string_view name) const {
  return place.name_size == name.size() && is_same_name(field(place).name, name);
}

Headers::Place Headers::write(std::string_view name, std::string_view value) {
  constexpr std::size_t usual_bytes = 512;
  const Place place{text_.size(), name.size(), value.size(), value.size()};
  const std::size_t wanted = text_.size() + name.size() + value.size();
  if (wanted <= text_.capacity()) {
    text_.append(name).append(value);
    return place;
  }
  // What is given may be a view of this very text: the old one stays until both are copied.
  std::string grown;
  grown.reserve(std::max(usual_bytes, 2 * wanted));
  grown.append(text_).append(name).append(value);
  text_ = std::move(grown);
  return place;
}

std::string_view Headers::find(std::string_view name) const {
  for (const Place& place : places_) {
    if (is_named(place, name)) return field(place).value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(places_, [&](const Place& place) { return is_named(place, name); });
}

void Headers::set(std::string_view name, std::string_view value) {
  const auto is_it = [&](const Place& place) { return is_named(place, name); };
  const auto first = std::ranges::find_if(places_, is_it);
  if (first == places_.end()) return add(name, value);
  places_.erase(std::remove_if(first + 1, places_.end(), is_it), places_.end());
  if (value.size() > first->room) {
    *first = write(field(*first).name, value);
    return;
  }
  std::char_traits<char>::move(text_.data() + first->begin + first->name_size, value.data(), value.size());
  first->value_size = value.size();
}

void Headers::add(std::string_view name, std::string_view value) {
  constexpr std::size_t usual_fields = 16;
  if (places_.capacity() == 0) places_.reserve(usual_fields);
  places_.push_back(write(name, value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(places_, [&](const Place& place) { return is_named(place, name); });
}

void Headers::clear() {
  text_.clear();
  places_.clear();
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
