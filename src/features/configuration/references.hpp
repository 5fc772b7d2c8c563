// Names that one object uses of another: do they exist?
#pragma once

#include <vector>

#include "features/configuration/configuration.hpp"

namespace millwright::configuration {

[[nodiscard]] config::Faults check_references(const config::Node& tree, const std::vector<Reference>& references);

}  // namespace millwright::configuration
