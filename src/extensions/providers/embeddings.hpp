// Embeddings for dialects that take a list of texts and give a list of vectors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millwright::extensions {

/// `input` as a list, a single one too. InvalidInput for lists of token numbers: only the model's own tokeniser can say
/// what they mean.
[[nodiscard]] Result<std::vector<const json::value*>> embedding_inputs(const json::object& body);
/// Whether the caller wants its vectors as base64 of little-endian floats, as OpenAI's SDKs do unasked. InvalidInput
/// for any other format than that and numbers.
[[nodiscard]] Result<bool> wants_base64(const json::object& body);
/// OpenAI's answer; every vector is a list of numbers.
[[nodiscard]] json::object render_embeddings(const json::array& vectors, std::string_view model, bool is_base64,
                                             std::int64_t tokens);

}  // namespace millwright::extensions
