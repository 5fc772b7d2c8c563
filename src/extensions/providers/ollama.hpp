// Ollama's own API (/api/chat, /api/embed): what its OpenAI-compatible one lacks is thinking, context size and the time
// a model stays loaded. https://github.com/ollama/ollama/blob/main/docs/api.md
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

[[nodiscard]] gateway::ProviderKindFacts ollama_facts();
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_ollama(const gateway::ProviderParts& parts);

}  // namespace millwright::extensions
