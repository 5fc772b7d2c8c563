// The OpenAI-shaped surface: chat completions, responses, the legacy completions, files, batches and models.
#pragma once

#include <memory>

#include "api/route.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"

namespace millwright::batches {
class Batches;
}

namespace millwright::api::openai {

struct Parts {
  gateway::Gateway* gateway = nullptr;
  identity::Keys* keys = nullptr;
  const Clock* clock = nullptr;
  gateway::ResponseStore* responses = nullptr;
  gateway::BackgroundCalls* background = nullptr;
  batches::Batches* batches = nullptr;
  io::BlockingPool* pool = nullptr;
};

/// Rows for /v1/*. What `parts` points to outlives them.
[[nodiscard]] Routes routes(const Parts& parts);

}  // namespace millwright::api::openai
