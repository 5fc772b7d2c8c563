// Files that only the service's user may read, written so that a crash leaves the old state or the new one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/database.hpp"

namespace millwright::store {

/// Replaces `path` with `bytes` (mode 0600): a temporary file beside it, renamed. With Power, synced with its folder.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, Durability durability);
/// Writes `bytes` under `path` only when nothing is there yet, always synced, and gives what is there afterwards: of
/// several processes that try at once, one wins and all see its bytes.
[[nodiscard]] Result<std::string> create_or_read_file(const std::filesystem::path& path, std::string_view bytes);
/// NotFound when there is none.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace millwright::store
