// A session on an SQLite file, opened through SOCI and tuned for one writer beside many readers (WAL). Prepared
// statements run on the connection's own handle: SOCI's dynamic rows lose the type of expressions.
#pragma once

#include <memory>
#include <string>

#include "store/transactional_session.hpp"

namespace millwright::store {

struct SqliteOptions {
  std::string path;
  Durability durability = Durability::Process;
  std::chrono::milliseconds busy_timeout{10'000};
  Access access = Access::ReadWrite;
};

/// A file that is not there is made (ReadWrite) or Unavailable (ReadOnly).
[[nodiscard]] Result<std::unique_ptr<TransactionalSession>> open_sqlite(const SqliteOptions& options);

}  // namespace millwright::store
