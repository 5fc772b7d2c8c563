// A configuration file that is applied as objects of the console loses its folder: the files it names are named in full.
#pragma once

#include <filesystem>
#include <string>

namespace millwright::cli {

/// Replaces the values of `path`, `version_of` and `file` that name something below `directory`.
[[nodiscard]] std::string with_full_paths(const std::string& yaml, const std::filesystem::path& directory);

}  // namespace millwright::cli
