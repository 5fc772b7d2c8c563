// One call of generateContent over HTTP, the same for the Gemini API and for Vertex AI.
#pragma once

#include <string>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Where a model answers, and what proves that one may call it.
struct GeminiEndpoint {
  std::string provider;  // its name, for errors
  io::http::Origin origin;
  std::string model_path;     // "/models/gemini-2.5-pro", without the verb
  io::http::Headers headers;  // with credentials
  io::http::Client* client = nullptr;
};

/// Translates, calls and reads, streamed or not, as gateway::Provider::chat promises.
[[nodiscard]] io::Task<gateway::ProviderResult> call_gemini(const GeminiEndpoint& endpoint,
                                                            const gateway::ProviderCall& call,
                                                            const gateway::OnChunk& on_chunk);

}  // namespace millwright::extensions
