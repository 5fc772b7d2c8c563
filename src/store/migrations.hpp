// Brings a schema forward, step by step, and refuses one that does not fit this binary.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/transactional_session.hpp"

namespace millwright::store {

/// See Database::migrate. Safe when several processes do it at once.
[[nodiscard]] Result<void> apply_migrations(TransactionalSession& session, std::span<const Migration> migrations);
/// See Database::pending.
[[nodiscard]] Result<std::vector<std::string>> pending_migrations(Session& session,
                                                                  std::span<const Migration> migrations);

}  // namespace millwright::store
