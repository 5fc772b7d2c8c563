// What a request lets its answer use at most: the ground of the money reserved for it.
#pragma once

#include "features/finops/finops.hpp"
#include "features/gateway/chat.hpp"

namespace millwright::gateway {

/// Requests of tools that the provider runs itself, where the request does not limit them.
inline constexpr std::int64_t server_tool_requests_max = 16;

struct TokenLimits {
  std::int64_t input = 0;      // upper bound of what is sent
  std::int64_t output = 0;     // of one choice
  std::int64_t context = 0;    // of the model: what tools of the provider may add to the input
};
[[nodiscard]] finops::CallBounds bounds_of(const json::object& body, const TokenLimits& limits);

}  // namespace millwright::gateway
