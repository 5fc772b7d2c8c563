// A change of configuration in one line, and its audit entry.
#pragma once

#include "features/configuration/configuration.hpp"

namespace millwright::configuration {

/// "+1 ~2 -0: use_cases/onboarding, routes/default".
[[nodiscard]] std::string summarize(const Plan& plan);
/// In the same transaction as the revision: one cannot be without the other.
[[nodiscard]] Result<void> append_to_audit(audit::Audit& audit, store::Session& session, const Revision& revision);

}  // namespace millwright::configuration
