#include "features/identity/config.hpp"

namespace millwright::identity {

using config::Kind;
using config::option;

config::Section teams_section(config::Spec budget) {
  auto team = config::object("A team.", {
      {"name", option(Kind::Name, "Name that use cases and keys refer to.").required()},
      {"description", option(Kind::Text, "What the team does.").between(0, 1'000)},
      {"members", config::list_of("User names of its people.", option(Kind::Text, "A user name.").between(1, 63))},
      {"budget", std::move(budget)},
  });
  return {"teams", config::list_of("Teams own use cases and pay for them.", std::move(team)).between(0, 1'000)};
}

Result<std::vector<Team>> parse_teams(const config::Node& tree) {
  std::vector<Team> teams;
  for (const auto& item : tree["teams"].items()) {
    teams.push_back({item["name"].text(), item["description"].text(), item["members"].texts()});
  }
  return teams;
}

}  // namespace millwright::identity
