// What every OpenAI-shaped endpoint shares: who calls, errors in the surface's own shape, the x- headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/openai/routes.hpp"
#include "features/gateway/chat.hpp"
#include "io/http/server.hpp"

namespace millwright::api::openai {

/// The key of a request and what its x-millwright-* headers say about the call. Errors: Unauthenticated, InvalidInput
/// naming the header.
[[nodiscard]] Result<gateway::Caller> read_caller(const io::http::Request& request, const Parts& parts);

/// InvalidInput that names a field of the body, as in "input[2].role".
[[nodiscard]] std::unexpected<Error> field_error(std::string field, std::string message);

/// A refusal of the canonical `messages` names what the caller of another surface calls them.
void rename_messages(gateway::ChatOutcome& outcome, std::string_view field);

/// {"error": {message, type, param, code, millwright: {origin, rule, fix, request_id}}} with the headers clients obey.
[[nodiscard]] io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id);
/// The same object alone, for an error event inside a stream.
[[nodiscard]] std::string error_json(const Error& error, bool is_from_provider, std::string_view request_id);

/// x-request-id, x-millwright-trace, -release, -model, -route, -cache, and with `has_cost` -cost-usd.
enum class CostHeader : std::uint8_t { Leave, Add };
void add_call_headers(io::http::Headers& headers, const telemetry::Trace& trace, CostHeader cost);
/// The x-ratelimit-* family, for keys that have limits.
void add_rate_headers(io::http::Headers& headers, const gateway::ChatOutcome& outcome);

}  // namespace millwright::api::openai
