// What the configuration of this program takes: the import writes nothing that the program would refuse.
#pragma once

#include <string_view>
#include <vector>

#include "base/config/spec.hpp"
#include "features/gateway/config.hpp"

namespace millwright::cli::litellm {

struct Vocabulary {
  std::vector<config::Section> sections;
  gateway::ProviderKindTable kinds;

  /// The option at a path such as "routes[].targets[].weight"; nothing when there is none.
  [[nodiscard]] const config::Spec* find(std::string_view path) const;
  [[nodiscard]] bool takes(std::string_view path) const { return find(path) != nullptr; }
  /// Whether the choice at the path has this one.
  [[nodiscard]] bool takes(std::string_view path, std::string_view choice) const;
};

}  // namespace millwright::cli::litellm
