// One finding of the doctor, and a report of many.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millwright::api {

/// What was found, what it leads to, and what mends it.
struct Check {
  std::string group, name, status;   // status: ok, warning, failure, skipped
  std::string evidence;              // what was found
  std::string fix;                   // the command or the setting; empty when all is well
  std::string why;                   // what it leads to; empty when all is well
  bool is_mendable = false;          // Repair::Mend mends it
  bool is_mended = false;            // has just been mended
};
using Checks = std::vector<Check>;

enum class Repair : std::uint8_t {
  Report,   // look only
  Mend,     // also do what cannot lose anything
};

/// "failure", "warning" or "ok".
[[nodiscard]] std::string_view worst_status(const Checks& checks);
/// {"status","checks"}.
[[nodiscard]] json::object to_json(const Checks& checks);

}  // namespace millwright::api
