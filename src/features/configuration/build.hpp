// From texts to a checked, immutable configuration.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "features/configuration/configuration.hpp"
#include "features/configuration/sources.hpp"

namespace millwright::configuration {

/// `console` are the console's objects: id → YAML of the object.
[[nodiscard]] std::expected<Loaded, config::Faults> build(Texts files, const std::map<std::string, std::string>& console,
                                                          const Vocabulary& vocabulary, const Clock& clock);
/// Splits "kind/name".
struct ObjectId {
  std::string kind, name;
};
[[nodiscard]] Result<ObjectId> parse_object_id(std::string_view id);
/// The console's objects as part of a configuration file, one by one: "kind:\n  - …".
[[nodiscard]] std::expected<config::Node, config::Faults> parse_console_object(const std::string& id,
                                                                               const std::string& yaml);

}  // namespace millwright::configuration
