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

class ResponseLogs;

struct Parts {
  gateway::Gateway* gateway = nullptr;
  identity::Keys* keys = nullptr;
  const Clock* clock = nullptr;
  gateway::ResponseStore* responses = nullptr;
  gateway::BackgroundCalls* background = nullptr;
  batches::Batches* batches = nullptr;
  io::BlockingPool* pool = nullptr;
  std::shared_ptr<ResponseLogs> logs;  // made by `routes`
};

/// Rows for /v1/*. What `given` points to outlives them.
[[nodiscard]] Routes routes(const Parts& given);

}  // namespace millwright::api::openai
