// Finds compressed streams of a PDF that would expand beyond a limit, before a renderer touches them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace millwright::extensions {

/// TooLarge when the Flate streams of `pdf` would together expand to more than `expanded_bytes_max`. Images do not
/// count: reading text never expands them.
[[nodiscard]] Result<void> check_streams(std::string_view pdf, std::uint64_t expanded_bytes_max);

}  // namespace millwright::extensions
