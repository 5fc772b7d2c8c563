// The canonical layout of a configuration file, with every comment kept.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/config/node.hpp"

namespace millwright::config {

/// Two spaces a level, list items below their key, one space after "key:", "- " and ",", none inside brackets, no
/// blanks at line ends, at most one empty line, one line feed at the end. Values, quotes, order and comments stay as
/// they are. The result reads as the same tree, and formatting it again changes nothing; a text for which that cannot
/// be shown is refused, as is one that parse_yaml refuses.
[[nodiscard]] std::expected<std::string, Faults> format_yaml(std::string_view text, std::string source);

}  // namespace millwright::config
