// What must be true of the files of a data directory, whether or not a server runs on it.
#pragma once

#include <filesystem>

#include "api/ops/check.hpp"

namespace millwright::api {

/// Modes of the directory and of its keys, directories that must be there, and what an interrupted write left behind.
/// Mend narrows modes, makes directories and removes those leftovers. The directory exists.
[[nodiscard]] Checks check_data_directory(const std::filesystem::path& data, const std::filesystem::path& config_file,
                                          Repair repair);

}  // namespace millwright::api
