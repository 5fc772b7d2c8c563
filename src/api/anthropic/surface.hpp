// What both Anthropic-shaped endpoints share: reading a body, and errors in the surface's own shape.
// Source: https://platform.claude.com/docs/en/api/errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/anthropic/routes.hpp"
#include "api/surface.hpp"

namespace millwright::api::anthropic {

/// The type and the status that clients of the Messages API know for a code of the house.
struct ErrorWord {
  std::string_view type;
  std::uint16_t status = 500;
};
[[nodiscard]] ErrorWord word_of(ErrorCode code);

/// {type: "error", error: {type, message}, request_id, millwright: {origin, code, param, rule, explain, request_id}}.
/// The message begins with the field where one of the caller's own body is at fault.
[[nodiscard]] json::object error_object(const Error& error, bool is_from_provider, std::string_view request_id);
/// The same as an answer, with the headers clients obey.
[[nodiscard]] io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id);

using gateway::field_error;   // fields as in "messages.0.content.1.type"
/// The JSON object of a request's body.
[[nodiscard]] Result<json::object> read_body(const io::http::Request& request);

/// request-id and the anthropic-ratelimit-* family; `now` is what their resets count from.
void add_anthropic_headers(io::http::Headers& headers, std::string_view request_id, const gateway::CallRates& rates,
                           Timestamp now);

}  // namespace millwright::api::anthropic
