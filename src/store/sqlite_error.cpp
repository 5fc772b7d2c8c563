#include "store/sqlite_error.hpp"

#include <sqlite3.h>

namespace millwright::store {
namespace {

ErrorCode code_of(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return ErrorCode::Conflict;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::InvalidInput;
    case SQLITE_TOOBIG:
      return ErrorCode::TooLarge;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY:
      return ErrorCode::Unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::Corrupt;
    case SQLITE_INTERRUPT:
      return ErrorCode::Cancelled;
    default:
      return ErrorCode::Internal;
  }
}

std::string_view fix_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return "Free space on the disk that holds the data directory.";
    case SQLITE_READONLY: return "Let the service's user write to the data directory.";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "Restore the data directory from a backup.";
    default: return "";
  }
}

}  // namespace

Error sqlite_error(int code, std::string_view message, std::string_view statement) {
  Error error;
  error.code = code_of(code);
  error.message = statement.empty() ? std::string(message) : fmt::format("{}: {}", statement, message);
  error.fix = fix_of(code);
  if (error.code == ErrorCode::Unavailable) error.retry_after = std::chrono::seconds(1);
  return error;
}

bool is_sqlite_impaired(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return true;
    default:
      return false;
  }
}

}  // namespace millwright::store
