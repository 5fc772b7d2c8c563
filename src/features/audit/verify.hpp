// Recomputes the whole log and compares it with every checkpoint.
#pragma once

#include <string>
#include <vector>

#include "features/audit/audit.hpp"
#include "features/audit/entry_store.hpp"

namespace millwright::audit {

/// Reads everything in one snapshot. `log_notes` are those of the file outside the database.
[[nodiscard]] Result<Verification> verify_log(store::Session& session, const std::vector<std::string>& log_notes,
                                              std::string_view public_key);

}  // namespace millwright::audit
