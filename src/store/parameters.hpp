// Reads the :name parameters of a statement, so that both engines number them alike: by first appearance.
#pragma once

#include <string>
#include <string_view>

namespace millwright::store {

struct NumberedStatement {
  std::string text;             // every :name written as PREFIX and its number, as in $1 or ?1
  std::size_t parameters = 0;   // distinct names
};

/// `prefix` is '$' for PostgreSQL and '?' for SQLite. Literals, quoted names, comments and :: casts are left alone.
[[nodiscard]] NumberedStatement number_parameters(std::string_view text, char prefix);

}  // namespace millwright::store
