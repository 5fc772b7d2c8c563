// A Messages request as a canonical chat request: docs/decisions/0005. Pure.
// Source: https://platform.claude.com/docs/en/api/messages, version 2023-06-01.
#pragma once

#include <cstdint>

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// A call to a model needs max_tokens; counting tokens does not.
enum class OutputLimit : std::uint8_t { Required, Optional };

/// The canonical request of a Messages request. Members nobody knows travel along; null ones do not. InvalidInput names
/// the field with dots, as in "messages.0.content.1.type". Names that mean something else to the canonical chat (n,
/// stop, max_completion_tokens …) are refused, as Anthropic refuses them.
[[nodiscard]] Result<json::object> decode_request(const json::object& request, OutputLimit limit);

}  // namespace millwright::api::anthropic
