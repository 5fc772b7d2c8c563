// What an SQLite result code means to the house.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace millwright::store {

/// `code` is an extended result code (https://sqlite.org/rescode.html).
[[nodiscard]] Error sqlite_error(int code, std::string_view message, std::string_view statement);
/// True when the fault lies with the disk or the file, not with the statement.
[[nodiscard]] bool is_sqlite_impaired(int code);

}  // namespace millwright::store
