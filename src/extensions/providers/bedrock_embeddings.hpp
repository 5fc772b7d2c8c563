// Embeddings by InvokeModel, in the words of each family of models: pure functions, no waiting.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "io/http/message.hpp"

namespace millwright::extensions {

/// The bodies that embed all inputs, in order: one an input for Amazon's Titan, one for each 96 for Cohere. Errors name
/// the field; a model of another family is InvalidInput.
[[nodiscard]] Result<std::vector<json::object>> encode_bedrock_embeddings(const json::object& body,
                                                                          std::string_view model_id);

/// Collects the answers to those bodies into one of OpenAI's shape.
class BedrockEmbeddings {
 public:
  /// `body` is the caller's; only its encoding_format is read.
  explicit BedrockEmbeddings(const json::object& body);
  /// False when the answer holds no vectors.
  [[nodiscard]] bool add(const json::object& answer, const io::http::Headers& headers);
  /// Input tokens of all answers so far; nothing when one of them did not say.
  [[nodiscard]] std::optional<std::int64_t> tokens() const;
  [[nodiscard]] json::object finish(std::string_view model);

 private:
  void add_vector(const json::value& vector);

  bool is_base64_ = false, has_all_tokens_ = true;
  std::int64_t tokens_ = 0;
  json::array data_;
};

}  // namespace millwright::extensions
