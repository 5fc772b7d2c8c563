// The canonical chat, embeddings and rerank as requests of Cohere's v2 API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millwright::extensions {

/// The body of /v2/chat. Words beside calls of tools become the tool plan; unknown members, as `documents`,
/// `citation_options` and `safety_mode`, travel along. InvalidInput names the field that cannot be said; another
/// provider may take it.
[[nodiscard]] Result<json::object> encode_cohere_chat(const json::object& body, bool is_streamed);
/// The bodies of /v2/embed, each with as many inputs as it takes (96), in order. `input_type` is the caller's, else the
/// configuration's: models from the third generation on refuse to go without.
[[nodiscard]] Result<std::vector<json::object>> encode_cohere_embed(const json::object& body,
                                                                    std::string_view input_type);
/// The body of /v2/rerank: documents are their texts, or JSON where they are objects without one.
[[nodiscard]] Result<json::object> encode_cohere_rerank(const json::object& body);

}  // namespace millwright::extensions
