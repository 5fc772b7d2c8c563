#include "api/anthropic/members.hpp"

#include <algorithm>

namespace millwright::api::anthropic {

bool is_set(const json::value* value) { return value != nullptr && !value->is_null(); }

const json::array* find_list(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

const json::object* find_object(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

void copy_rest(const json::object& from, std::initializer_list<std::string_view> translated, json::object& to) {
  for (const auto& member : from) {
    const std::string_view key = member.key();
    if (member.value().is_null() || std::ranges::find(translated, key) != translated.end()) continue;
    to.emplace(member.key(), member.value());
  }
}

}  // namespace millwright::api::anthropic
