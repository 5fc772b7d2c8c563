// The members of a ZIP container that a parser asks for, read under limits on size, count and compression ratio.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::extensions {

struct ArchiveLimits {
  std::uint64_t expanded_bytes_max = 256u << 20;
  std::size_t members_max = 10'000;
  std::uint64_t ratio_max = 250;                  // expanded to packed, for containers that expand beyond 4 MiB
};

struct ArchiveContent {
  std::map<std::string, std::string, std::less<>> members;   // of the wanted names, those that exist
  std::vector<std::string> names;                            // of all members
};

/// TooLarge for bombs, InvalidInput for damaged or encrypted containers. Declared sizes are not believed.
[[nodiscard]] Result<ArchiveContent> read_archive(std::string_view bytes, const std::vector<std::string>& wanted,
                                                  const ArchiveLimits& limits);

}  // namespace millwright::extensions
