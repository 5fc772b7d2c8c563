// Cohere's v2 API: chat, embed and rerank. https://docs.cohere.com/reference
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

[[nodiscard]] gateway::ProviderKindFacts cohere_facts();
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_cohere(const gateway::ProviderParts& parts);

}  // namespace millwright::extensions
