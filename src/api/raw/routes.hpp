// Surfaces that pass requests on in the words of what stands behind them: /passthrough/{provider}/… and /mcp/{server}.
#pragma once

#include "api/route.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"

namespace millwright::api::raw {

struct Parts {
  gateway::Gateway* gateway = nullptr;
  identity::Keys* keys = nullptr;
  const Clock* clock = nullptr;
};

/// What `parts` points to outlives the rows.
[[nodiscard]] Routes routes(const Parts& parts);

}  // namespace millwright::api::raw
