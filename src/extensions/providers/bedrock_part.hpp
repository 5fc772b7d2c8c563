// One content part of a canonical message as a block of Converse.
#pragma once

#include <set>
#include <string>

#include "base/json.hpp"

namespace millwright::extensions {

/// What the parts of one request have to agree on: where they may point to in S3, and the names of its documents, of
/// which Converse takes few characters and none twice.
class BedrockParts {
 public:
  /// Objects in S3 are read with the provider's rights: only those below `s3_prefix` may be named; none when it is empty.
  explicit BedrockParts(std::string_view s3_prefix) : s3_prefix_(s3_prefix) {}
  [[nodiscard]] bool may_read(std::string_view url) const { return !s3_prefix_.empty() && url.starts_with(s3_prefix_); }
  /// A name like `title` that Converse takes and that has not been given yet.
  [[nodiscard]] std::string give(std::string_view title);

 private:
  std::string_view s3_prefix_;
  std::set<std::string> given_;
};

/// {text}, {image}, {document}, {audio}, {video}, or the value of a native block. Errors name the field.
[[nodiscard]] Result<json::object> encode_bedrock_part(const json::object& part, const std::string& field,
                                                       BedrockParts& parts);
/// The value of a native block of this dialect; others are refused by their name, and so are objects in S3 that no part
/// may name.
[[nodiscard]] Result<json::object> unwrap_bedrock_native(const json::object& part, const std::string& field,
                                                         const BedrockParts& parts);

/// {cachePoint: {type: "default"}} for a `cache_control` of `owner`, with its lifetime; nothing without one.
[[nodiscard]] std::optional<json::object> find_bedrock_cache_point(const json::object& owner);

/// Whether a model keeps what stands before a cachePoint: Claude since 3.5 Haiku, 3.5 Sonnet v2 and 3.7, and Nova's text
/// models. Others refuse such a request, and so does an ARN that names no model, as far as anyone can know.
[[nodiscard]] bool takes_cache_points(std::string_view model_id);

}  // namespace millwright::extensions
