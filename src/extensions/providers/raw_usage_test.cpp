#include "extensions/providers/raw_usage.hpp"

#include <gtest/gtest.h>

namespace millwright::extensions {
namespace {

using finops::TokenCounts;
using gateway::RawUsage;

template <class Read>
RawUsage read(Read* reader, std::string_view path, std::initializer_list<std::string_view> events) {
  RawUsage usage;
  for (const auto event : events) reader(path, parse_json_object(event).value(), usage);
  reader(path, {}, usage);
  return usage;
}

TEST(RawUsage, OfOpenAisAnswers) {
  const auto chat = read(
      read_openai_raw_usage, "/chat/completions",
      {R"({"model":"gpt-5-2026","service_tier":"flex","usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}})"});
  EXPECT_EQ(*chat.tokens, (TokenCounts{.input = 6, .cache_read = 4, .output = 3}));
  EXPECT_EQ(chat.model, "gpt-5-2026");
  EXPECT_EQ(chat.service_tier, "flex");
  const auto response = read(
      read_openai_raw_usage, "/responses",
      {R"({"type":"response.created","response":{"model":"m","usage":null}})",
       R"({"type":"response.completed","response":{"model":"m","usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":5}}}})"});
  EXPECT_EQ(*response.tokens, (TokenCounts{.input = 7, .cache_read = 2, .output = 2, .reasoning = 5}));
  EXPECT_EQ(read(read_openai_raw_usage, "/images/generations", {R"({"usage":{"input_tokens":4,"output_tokens":272}})"})
                .tokens->image_out,
            272);
  EXPECT_EQ(
      read(read_openai_raw_usage, "/audio/transcriptions", {R"({"usage":{"type":"duration","seconds":9}})"}).audio_ms,
      9'000);
  EXPECT_TRUE(read(read_openai_raw_usage, "/moderations", {"{}"}).is_free);
  EXPECT_FALSE(read(read_openai_raw_usage, "/chat/completions", {R"({"choices":[]})"}).tokens);
}

TEST(RawUsage, OfAnthropicsEventsIsToldInParts) {
  const auto usage = read(
      read_anthropic_raw_usage, "/messages",
      {R"({"type":"message_start","message":{"model":"claude","usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":1}}})",
       R"({"type":"message_delta","usage":{"output_tokens":12,"input_tokens":null}})"});
  EXPECT_EQ(*usage.tokens, (TokenCounts{.input = 10, .cache_read = 4, .output = 12}));
  EXPECT_EQ(usage.model, "claude");
  EXPECT_TRUE(read(read_anthropic_raw_usage, "/messages/count_tokens", {R"({"input_tokens":4})"}).is_free);
}

TEST(RawUsage, OfGeminiIsTheLastThatWasTold) {
  const auto usage =
      read(read_gemini_raw_usage, "/models/g:streamGenerateContent",
           {R"({"modelVersion":"g","usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1}})",
            R"({"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":8,"totalTokenCount":13}})"});
  EXPECT_EQ(*usage.tokens, (TokenCounts{.input = 5, .output = 8}));
  EXPECT_TRUE(read(read_gemini_raw_usage, "/models/g:countTokens", {"{}"}).is_free);
}

}  // namespace
}  // namespace millwright::extensions
