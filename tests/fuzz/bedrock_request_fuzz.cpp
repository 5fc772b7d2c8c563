// Fuzzes both directions of Converse on any JSON: nothing crashes, a request that is made alternates its roles, holds no
// empty turn and nothing that gets around the limit on the answer; an answer is always a chat.completion. The requests of
// embeddings and their answers too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/bedrock_embeddings.hpp"
#include "extensions/providers/bedrock_messages.hpp"

namespace {

using namespace millwright;

void check_request(const json::object& request) {
  std::string_view last;
  for (const auto& turn : request.at("messages").as_array()) {
    const auto role = string_member(turn.as_object(), "role");
    if (role == last || (role != "user" && role != "assistant")) std::abort();
    if (turn.at("content").as_array().empty()) std::abort();
    last = role;
  }
  if (const auto* fields = find_member(request, "additionalModelRequestFields"); fields != nullptr) {
    if (fields->as_object().contains("max_tokens")) std::abort();
  }
  for (const auto& member : request) {
    if (member.value().is_null()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = parse_json_object(text, {1u << 20, 64});
  if (!body) return 0;
  extensions::BedrockRules rules;
  rules.s3_prefix = "s3://bucket/";
  for (const char* model : {"anthropic.claude-x-v1:0", "openai.gpt-oss-20b-1:0"}) {
    auto request = extensions::encode_bedrock_request(*body, model, rules);
    if (request)
      check_request(*request);
    else if (request.error().where.field.empty())
      std::abort();
  }
  const auto answer = extensions::decode_bedrock_answer(*body, {"id", "model", 0});
  if (!answer.at("choices").at(0).at("message").is_object()) std::abort();
  (void)extensions::make_bedrock_failure(0, {}, text, "fuzz");
  for (const char* model : {"amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"}) {
    (void)extensions::encode_bedrock_embeddings(*body, model);
  }
  extensions::BedrockEmbeddings embeddings(*body);
  (void)embeddings.add(*body, {});
  if (!embeddings.finish("model").at("data").is_array()) std::abort();
  return 0;
}
