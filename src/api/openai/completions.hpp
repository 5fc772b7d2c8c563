// POST /v1/completions, streamed and not: the legacy surface of prompts.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

/// Prompts of a list are called one after the other, each with its own policy, budget and ledger row. The first that
/// fails ends the request; what was answered before it stays billed.
[[nodiscard]] io::Task<void> completions(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
