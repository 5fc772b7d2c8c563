// Counts in JSON from outside, as usage objects hold them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/json.hpp"

namespace millwright {

/// Beyond any answer: what is more is nonsense, and sums of counts stay in range.
inline constexpr std::int64_t count_max = 1'000'000'000'000;

/// A member as a count, fractions cut off: 0 when it is absent, negative or no number, at most count_max.
[[nodiscard]] inline std::int64_t count_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return std::clamp<std::int64_t>(value->get_int64(), 0, count_max);
  if (value->is_uint64()) return count_max;
  if (!value->is_double() || !(value->get_double() >= 0)) return 0;
  return value->get_double() < static_cast<double>(count_max) ? static_cast<std::int64_t>(value->get_double())
                                                              : count_max;
}

/// The same of a member of an object that is itself a member.
[[nodiscard]] inline std::int64_t count_member(const json::object& object, std::string_view group,
                                               std::string_view name) {
  const auto* inner = find_member(object, group);
  return inner != nullptr && inner->is_object() ? count_member(inner->get_object(), name) : 0;
}

}  // namespace millwright
