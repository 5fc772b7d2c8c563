// What a refusal of an OpenAI-shaped server means for the caller and for what may be tried next.
#pragma once

#include <cstdint>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// From the status and the error body, which may be empty or of another shape.
[[nodiscard]] gateway::ProviderFailure make_openai_failure(std::uint16_t status, std::string_view body,
                                                           std::string_view provider);

}  // namespace millwright::extensions
