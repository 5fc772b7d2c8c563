// A whole canonical answer as a Message of the Messages API. Pure.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "features/telemetry/trace.hpp"

namespace millwright::api::anthropic {

/// The answer's own id where Anthropic gave it; else one made of `trace`.
[[nodiscard]] std::string message_id_of(std::string_view id, std::string_view trace);

/// `booked` stands in for usage that no provider reported. Members of the answer nobody knows travel along, and so does
/// `millwright`.
[[nodiscard]] json::object encode_message(const json::object& completion, std::string_view trace,
                                          const telemetry::TokenCounts& booked);

}  // namespace millwright::api::anthropic
