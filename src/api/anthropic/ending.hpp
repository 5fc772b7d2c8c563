// How a canonical answer ended and what it used, in the words of the Messages API.
#pragma once

#include "base/json.hpp"
#include "features/telemetry/trace.hpp"

namespace millwright::api::anthropic {

/// {stop_reason, stop_sequence}, and stop_details where the provider gave them. The provider's own word is kept where
/// it is one of Anthropic's. `has_calls`: the answer calls tools, whatever the reason says.
[[nodiscard]] json::object encode_stop(const json::object& choice, bool has_calls);

/// `usage` with input_tokens that count neither what was read from the provider's cache nor what was written to it.
/// `reported` is the canonical usage; where there is none, what was booked stands in for it.
[[nodiscard]] json::object encode_usage(const json::object* reported, const telemetry::TokenCounts& booked);

}  // namespace millwright::api::anthropic
