// What every OpenAI-shaped endpoint shares: who calls, and errors in the surface's own shape.
#pragma once

#include <string>
#include <string_view>

#include "api/openai/routes.hpp"
#include "api/surface.hpp"

namespace millwright::api::openai {

[[nodiscard]] inline Result<gateway::Caller> read_caller(const io::http::Request& request, const Parts& parts) {
  auto caller = api::read_caller(request, *parts.keys, parts.clock->now());
  if (caller) parts.gateway->keep_headers(*caller, request.headers);
  return caller;
}

using gateway::field_error;

/// A refusal of the canonical `messages` names what the caller of another surface calls them.
void rename_messages(gateway::ChatOutcome& outcome, std::string_view field);

/// {"error": {message, type, param, code, millwright: {origin, rule, fix, request_id}}} with the headers clients obey.
[[nodiscard]] io::http::Response error_response(const Error& error, bool is_from_provider, std::string_view request_id);
/// The same object alone, for an error event inside a stream.
[[nodiscard]] std::string error_json(const Error& error, bool is_from_provider, std::string_view request_id);

/// The head of an answer in server-sent events, of a call that has begun.
[[nodiscard]] io::http::Response event_stream_head(const telemetry::Trace& trace, const gateway::CallRates& rates);

/// A finished call as one response: its body, which is taken, or its error; with the call's and the rates' headers.
[[nodiscard]] io::http::Response whole_response(gateway::ChatOutcome& outcome);

}  // namespace millwright::api::openai
