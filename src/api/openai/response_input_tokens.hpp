// POST /v1/responses/input_tokens: how many tokens a request would have. No provider is called, nothing is spent.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

/// Takes what POST /v1/responses takes, with previous_response_id. Counts as one request of the key's limit.
[[nodiscard]] io::Task<void> count_input_tokens(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
