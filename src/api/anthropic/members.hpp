// Members of a JSON object, read without surprises.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// There, and not null.
[[nodiscard]] bool is_set(const json::value* value);
/// A list or object member, or null.
[[nodiscard]] const json::array* find_list(const json::object& object, std::string_view name);
[[nodiscard]] const json::object* find_object(const json::object& object, std::string_view name);
/// Everything of `from` that is not null, not in `translated` and not yet in `to`.
void copy_rest(const json::object& from, std::initializer_list<std::string_view> translated, json::object& to);

}  // namespace millwright::api::anthropic
