// The Anthropic-shaped surface: messages, and counting their tokens.
#pragma once

#include "api/route.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"

namespace millwright::api::anthropic {

struct Parts {
  gateway::Gateway* gateway = nullptr;
  identity::Keys* keys = nullptr;
  const Clock* clock = nullptr;
};

/// Rows for /v1/messages*. What `parts` points to outlives them.
[[nodiscard]] Routes routes(const Parts& parts);

}  // namespace millwright::api::anthropic
