// YAML and JSON files of other products, read into the same tree that remembers where each value stood.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/config/node.hpp"

namespace millwright::config {

/// As parse_yaml, but anchors, aliases and merge keys ("<<") are resolved, and the file may have 64 MiB and 2,000,000
/// values, repeated ones counted each time. A repeated value keeps the line where it was written.
[[nodiscard]] std::expected<Node, Faults> parse_foreign_yaml(std::string_view text, std::string source);

}  // namespace millwright::config
