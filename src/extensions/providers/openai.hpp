// Every server that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, Ollama and many more.
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_openai(const gateway::ProviderParts& parts);

/// Disjoint meters from OpenAI's `usage`, whose prompt_tokens include cached ones and completion_tokens include
/// reasoning. Nothing when the object is missing or makes no sense.
[[nodiscard]] std::optional<finops::TokenCounts> read_openai_usage(const json::object& body);

}  // namespace millwright::extensions
