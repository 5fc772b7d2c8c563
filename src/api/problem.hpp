// Errors as RFC 9457 problem documents: what happened, which rule, where, what would mend it, who can.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io/http/message.hpp"

namespace millwright::api {

/// {"code","message","where","rule","fix"}, without what is empty.
[[nodiscard]] json::object fault_json(const Error& error);
/// application/problem+json with the status of the error's code; Retry-After where the error knows when.
[[nodiscard]] io::http::Response problem(const Error& error, std::string_view request_id);
/// The same with another status than the code's, as 405 and 412.
[[nodiscard]] io::http::Response problem(const Error& error, std::uint16_t status, std::string_view request_id);
/// One problem of many faults: InvalidConfig with `errors`.
[[nodiscard]] io::http::Response problem(const std::vector<Error>& faults, std::string_view request_id);

}  // namespace millwright::api
