// Google's Gemini API (the Generative Language API), with a key of its own.
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

inline constexpr const char* gemini_base_url = "https://generativelanguage.googleapis.com/v1beta";
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_gemini(const gateway::ProviderParts& parts);

}  // namespace millwright::extensions
