// Header values of the form `token; name=value; name="quoted"`: Content-Type and Content-Disposition.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::http {

/// A value with its parameters; the value and the names of parameters in lower case.
struct ParameterizedValue {
  std::string value;
  std::vector<std::pair<std::string, std::string>> parameters;   // in order, each name once

  /// Nothing when there is no such parameter.
  [[nodiscard]] const std::string* find(std::string_view name) const;
};

/// RFC 9110, section 5.6.6. In a quoted string a backslash escapes only a quote and another backslash: browsers send
/// file names with backslashes as they are. InvalidInput for a second parameter of one name, a value without end, more
/// than 32 parameters.
[[nodiscard]] Result<ParameterizedValue> parse_parameterized(std::string_view text);

/// The value of `filename*` (RFC 8187): UTF-8 or ISO-8859-1, percent-encoded. InvalidInput for anything else.
[[nodiscard]] Result<std::string> decode_extended_value(std::string_view text);

}  // namespace millwright::io::http
