// POST /v1/messages/count_tokens: how many tokens a request is likely to have. No provider is called, nothing is spent.
#pragma once

#include "api/anthropic/routes.hpp"

namespace millwright::api::anthropic {

/// Needs a key that may call the model, and counts as one request of its limit. `millwright` says which
/// tokeniser counted, and that the answer is an estimate where it is: Anthropic publishes no tokeniser of its own.
[[nodiscard]] io::Task<void> count_tokens(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::anthropic
