#include "api/ops/check.hpp"

namespace millwright::api {

std::string_view worst_status(const Checks& checks) {
  std::string_view status = "ok";
  for (const auto& check : checks) {
    if (check.status == "failure") return "failure";
    if (check.status == "warning") status = "warning";
  }
  return status;
}

json::object to_json(const Checks& checks) {
  json::array items;
  for (const auto& check : checks) {
    items.push_back(json::object{{"group", check.group},
                                 {"name", check.name},
                                 {"status", check.status},
                                 {"evidence", check.evidence},
                                 {"why", check.why},
                                 {"fix", check.fix},
                                 {"is_mendable", check.is_mendable},
                                 {"is_mended", check.is_mended}});
  }
  return {{"status", worst_status(checks)}, {"checks", std::move(items)}};
}

}  // namespace millwright::api
