// What a PostgreSQL SQLSTATE means to the house.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace millwright::store {

/// `state` is five characters (https://www.postgresql.org/docs/current/errcodes-appendix.html); empty when the
/// connection itself failed.
[[nodiscard]] Error postgres_error(std::string_view state, std::string_view message, std::string_view statement);
/// True when the fault lies with the server or the connection, not with the statement.
[[nodiscard]] bool is_postgres_impaired(std::string_view state);

}  // namespace millwright::store
