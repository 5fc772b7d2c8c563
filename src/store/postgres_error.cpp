#include "store/postgres_error.hpp"

#include "base/text.hpp"

namespace millwright::store {
namespace {

struct Meaning {
  std::string_view prefix;   // of the SQLSTATE; the first that fits decides
  ErrorCode code;
};

constexpr Meaning meanings[] = {
    {"23505", ErrorCode::Conflict},      // unique_violation
    {"23503", ErrorCode::Conflict},      // foreign_key_violation
    {"23", ErrorCode::InvalidInput},     // other constraints
    {"22", ErrorCode::InvalidInput},     // data exception
    {"40", ErrorCode::Unavailable},      // serialization failure, deadlock
    {"55P03", ErrorCode::Unavailable},   // lock_not_available
    {"57014", ErrorCode::Timeout},       // query_canceled
    {"57", ErrorCode::Unavailable},      // operator intervention: shutdown, failover
    {"08", ErrorCode::Unavailable},      // connection
    {"53", ErrorCode::Unavailable},      // out of disk, memory or connections
    {"58", ErrorCode::Unavailable},      // system error
    {"25006", ErrorCode::Unavailable},   // read_only_sql_transaction: a standby, or a reader that writes
    {"28", ErrorCode::Unavailable},      // authorization
    {"3D", ErrorCode::Unavailable},      // no such database
    {"54", ErrorCode::TooLarge},         // program limit exceeded
    {"XX001", ErrorCode::Corrupt},
    {"XX002", ErrorCode::Corrupt},
};

}  // namespace

Error postgres_error(std::string_view state, std::string_view message, std::string_view statement) {
  Error error;
  error.code = state.empty() ? ErrorCode::Unavailable : ErrorCode::Internal;
  for (const Meaning& meaning : meanings) {
    if (!state.starts_with(meaning.prefix)) continue;
    error.code = meaning.code;
    break;
  }
  const std::string text = collapsed_whitespace(message);
  error.message = statement.empty() ? text : fmt::format("{}: {}", statement, text);
  if (error.code == ErrorCode::Unavailable) error.retry_after = std::chrono::seconds(1);
  return error;
}

bool is_postgres_impaired(std::string_view state) {
  if (state.empty()) return true;
  for (const std::string_view prefix : {"57P", "08", "53", "58", "25006", "28", "3D", "XX"}) {
    if (state.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace millwright::store
