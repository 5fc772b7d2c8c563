// The checkpoints outside the database, one JSON line each: a file to ship elsewhere, where no later edit of the
// database can reach it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "features/audit/audit.hpp"

namespace millwright::audit {

[[nodiscard]] Result<void> append_to_log(const std::filesystem::path& path, const Checkpoint& checkpoint,
                                         Timestamp time);
/// The notes in order. A torn last line, as a crash leaves it, is passed over; no file is no notes.
[[nodiscard]] Result<std::vector<std::string>> read_log(const std::filesystem::path& path);

}  // namespace millwright::audit
