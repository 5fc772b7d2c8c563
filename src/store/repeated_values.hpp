// One INSERT of many rows from an INSERT of one: what a server parses, plans and answers once instead of every time.
#pragma once

#include <optional>
#include <string>

#include "store/parameters.hpp"

namespace millwright::store {

/// "INSERT … VALUES ($1, $2)" with its tuple repeated `rows` times, parameters numbered on. Nothing when the statement
/// has another shape: only plain inserts, or those that end in ON CONFLICT … DO NOTHING, keep their meaning.
[[nodiscard]] std::optional<std::string> repeat_values(const NumberedStatement& statement, std::size_t rows);

}  // namespace millwright::store
