// The budgets a call counts against, by the names they have in the configuration: "use_case/desk", "team/it".
#pragma once

#include <string>
#include <string_view>

#include "features/finops/finops.hpp"

namespace millwright::finops {

/// Calls `visit(std::string_view scope)` for each; the view holds during the call.
template <class Visit>
void for_each_scope(const CallFacts& facts, Visit visit) {
  std::string scope;
  scope.reserve(64);
  const auto give = [&](std::string_view kind, std::string_view name) {
    if (name.empty()) return;
    scope.assign(kind).append(name);
    visit(std::string_view(scope));
  };
  give("use_case/", facts.use_case);
  give("team/", facts.team);
  give("key/", facts.key);
  give("user/", facts.user);
}

}  // namespace millwright::finops
