// Files that commands write: whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.hpp"

namespace millwright::cli {

/// Puts `text` in the place of the file at once; keeps the mode of what is there, else `mode`. A link is followed.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view text, unsigned mode = 0644);

}  // namespace millwright::cli
