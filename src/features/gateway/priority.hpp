// What goes first when there is not room for all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millwright::gateway {

enum class Priority : std::uint8_t { Critical, Standard, Background };
inline constexpr std::array<std::string_view, 3> priority_names{"critical", "standard", "background"};
[[nodiscard]] constexpr std::string_view priority_name(Priority priority) {
  return priority_names.at(static_cast<std::size_t>(priority));
}
[[nodiscard]] constexpr std::optional<Priority> find_priority(std::string_view name) {
  for (std::size_t i = 0; i < priority_names.size(); ++i) {
    if (priority_names.at(i) == name) return static_cast<Priority>(i);
  }
  return std::nullopt;
}

}  // namespace millwright::gateway
