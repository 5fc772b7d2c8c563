// The canonical chat and embeddings as requests of Ollama's own API.
#pragma once

#include <string>

#include "base/json.hpp"

namespace millwright::extensions {

/// What the configuration adds where the caller says nothing.
struct OllamaDefaults {
  json::value keep_alive;           // null: the server's
  std::int64_t context_tokens = 0;  // num_ctx; 0: the server's, which cuts longer prompts off without a word
};

/// The body of /api/chat. The caller's own `options`, `keep_alive`, `think` and unknown members travel along, but never
/// beyond the bound on the answer. InvalidInput names the field that cannot be said; another provider may take it.
[[nodiscard]] Result<json::object> encode_ollama_chat(const json::object& body, bool is_streamed,
                                                      const OllamaDefaults& defaults);
/// The body of /api/embed.
[[nodiscard]] Result<json::object> encode_ollama_embed(const json::object& body, const OllamaDefaults& defaults);

}  // namespace millwright::extensions
