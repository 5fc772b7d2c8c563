// What changes between two configurations, object by object and field by field.
#pragma once

#include <vector>

#include "features/configuration/configuration.hpp"

namespace millwright::configuration {

/// Adds, changes, destroys; each group sorted by id. `touched` is left to the caller.
[[nodiscard]] std::vector<ObjectChange> diff(const Loaded& before, const Loaded& after,
                                             const std::vector<config::Section>& sections);
/// One line for people: scalars as they are, lists as "[a, b]", secrets as their reference.
[[nodiscard]] std::string render_value(const config::Node& node);

}  // namespace millwright::configuration
