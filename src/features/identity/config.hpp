// The `teams` section: who owns use cases and pays for them.
#pragma once

#include <string>
#include <vector>

#include "base/config/node.hpp"

namespace millwright::identity {

struct Team {
  std::string name;
  std::string description;
  std::vector<std::string> members;   // user names
};

/// `budget` is the option that finops parses below a team; identity only gives it its place.
[[nodiscard]] config::Section teams_section(config::Spec budget);
[[nodiscard]] Result<std::vector<Team>> parse_teams(const config::Node& tree);

}  // namespace millwright::identity
