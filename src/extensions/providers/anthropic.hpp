// Anthropic's Messages API, and servers that speak it.
//
// Options: `version` (anthropic-version, default 2023-06-01), `beta` (anthropic-beta, comma-separated; nothing of a
// caller's headers travels), `reasoning` (what reasoning_effort becomes: `budget` of thinking tokens, the default, or
// `adaptive` for models that choose themselves).
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// InvalidConfig at the place of an option that cannot be sent or is not known.
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_anthropic(const gateway::ProviderParts& parts);
[[nodiscard]] gateway::ProviderKindFacts anthropic_facts();

}  // namespace millwright::extensions
