// Log probabilities of Gemini's tokens in the shape of OpenAI's.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

/// Appends what `logprobsResult` says to `content`: a token, its log probability, its bytes and the likeliest others.
void append_logprobs(const json::object& logprobs_result, json::array& content);

}  // namespace millwright::extensions
