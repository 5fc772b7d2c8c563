// A session on a PostgreSQL server, opened through SOCI. Prepared statements run on the connection's own handle: rows
// of a batch travel as a pipeline instead of one round trip each, and exact numerics stay exact.
#pragma once

#include <memory>
#include <string>

#include "store/transactional_session.hpp"

namespace millwright::store {

struct PostgresOptions {
  std::string url;
  Durability durability = Durability::Process;
  std::chrono::milliseconds busy_timeout{10'000};
  Access access = Access::ReadWrite;
};

/// Unavailable when the server cannot be reached within five seconds.
[[nodiscard]] Result<std::unique_ptr<TransactionalSession>> open_postgres(const PostgresOptions& options);

}  // namespace millwright::store
