// What every request has to be checked for, and how an error names its field.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright::gateway {

/// InvalidInput at a field of the request's body.
[[nodiscard]] std::unexpected<Error> field_error(std::string field, std::string message);

/// `model`: a name, which no request can do without.
[[nodiscard]] Result<std::string> load_model(const json::object& body);

}  // namespace millwright::gateway
