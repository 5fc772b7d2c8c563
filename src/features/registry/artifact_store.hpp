// Rows of the registry.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "features/registry/registry.hpp"

namespace millwright::registry {

/// Gives it the next version of its name. Conflict when a parent does not exist.
[[nodiscard]] Result<void> insert_artifact(store::Session& session, const Artifact& artifact);
[[nodiscard]] Result<std::optional<Artifact>> find_artifact(store::Session& session, const Digest& digest);
[[nodiscard]] Result<std::optional<Artifact>> find_version(store::Session& session, Kind kind, std::string_view name,
                                                           std::optional<std::int64_t> version);
/// At most two of those whose digest begins so.
[[nodiscard]] Result<std::vector<Artifact>> find_by_prefix(store::Session& session, std::string_view hex);
[[nodiscard]] Result<Page> list_artifacts(store::Database& database, const Filter& filter, std::string_view cursor,
                                          std::size_t limit);

enum class Direction : std::uint8_t { Ancestors, Descendants };
[[nodiscard]] Result<std::vector<LineageStep>> walk_lineage(store::Database& database, const Digest& digest,
                                                            Direction direction, std::size_t limit);

}  // namespace millwright::registry
