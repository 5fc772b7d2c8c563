// The audit entry of a change of configuration.
#pragma once

#include "features/configuration/configuration.hpp"

namespace millwright::configuration {

/// In the same transaction as the revision: one cannot be without the other.
[[nodiscard]] Result<void> append_to_audit(audit::Audit& audit, store::Session& session, const Revision& revision);

}  // namespace millwright::configuration
