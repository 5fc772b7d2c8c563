// The report of an import, for people and for scripts, and the script that makes the keys.
#pragma once

#include <string>

#include "base/json.hpp"
#include "cli/litellm/import.hpp"

namespace millwright::cli::litellm {

/// {"counts": {…}, "entries": [{file, line, path, status, target, note, advice}], "assumed", "variables", "keys"}
[[nodiscard]] json::object to_json(const Imported& imported);
/// What has no counterpart first, then what changed, then what was taken over; then what is still to be done.
[[nodiscard]] std::string render_report(const Imported& imported);
/// A shell script that makes every planned key once and adds the answers to keys.jsonl, readable by its owner only;
/// empty when no key is planned. Arguments of the script go to every call of millwright.
[[nodiscard]] std::string render_key_script(const Imported& imported);

}  // namespace millwright::cli::litellm
