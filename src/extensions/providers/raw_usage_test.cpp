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

TEST(RawUsage, OfBedrockInEveryShape) {
  EXPECT_EQ(*read(read_bedrock_raw_usage, "/model/m/converse-stream",
                  {R"({"messageStop":{}})",
                   R"({"usage":{"inputTokens":5,"outputTokens":3,"cacheReadInputTokens":2,"cacheWriteInputTokens":1}})"})
                 .tokens,
            (TokenCounts{.input = 5, .cache_read = 2, .cache_write = 1, .output = 3}));
  // Anthropic's events say how long what was written is kept; Bedrock's sum behind them does not.
  EXPECT_EQ(
      *read(
           read_bedrock_raw_usage, "/model/m/invoke-with-response-stream",
           {R"({"type":"message_start","message":{"model":"claude","usage":{"input_tokens":10,"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_1h_input_tokens":6,"ephemeral_5m_input_tokens":0},"output_tokens":1}}})",
            R"({"type":"message_delta","usage":{"output_tokens":12}})",
            R"({"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":12,"cacheWriteInputTokenCount":6}})"})
           .tokens,
      (TokenCounts{.input = 10, .output = 12, .cache_write_1h = 6}));
  EXPECT_EQ(
      *read(
           read_bedrock_raw_usage, "/model/m/invoke-with-response-stream",
           {R"({"generation":"Hi"})",
            R"({"generation":"","stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":9}})"})
           .tokens,
      (TokenCounts{.input = 4, .output = 9}));
  EXPECT_EQ(*read(read_bedrock_raw_usage, "/model/m/invoke-with-response-stream",
                  {R"({"metadata":{"usage":{"inputTokens":8,"outputTokens":2}}})"})
                 .tokens,
            (TokenCounts{.input = 8, .output = 2}));
  EXPECT_EQ(*read(read_bedrock_raw_usage, "/model/openai.gpt-oss-20b-1:0/invoke",
                  {R"({"choices":[],"usage":{"prompt_tokens":6,"completion_tokens":5}})"})
                 .tokens,
            (TokenCounts{.input = 6, .output = 5}));
  EXPECT_TRUE(read(read_bedrock_raw_usage, "/model/m/count-tokens", {R"({"inputTokens":4})"}).is_free);
  EXPECT_FALSE(read(read_bedrock_raw_usage, "/model/m/invoke", {R"({"usage":{"seconds":3}})"}).tokens);
}

TEST(RawUsage, OfBedrockStandsInTheHeadOfWholeAnswers) {
  RawUsage usage;
  read_bedrock_raw_head({{"X-Amzn-Bedrock-Input-Token-Count", "7"},
                         {"X-Amzn-Bedrock-Output-Token-Count", "3"},
                         {"X-Amzn-Bedrock-Cache-Read-Input-Token-Count", "2"}},
                        usage);
  EXPECT_EQ(*usage.tokens, (TokenCounts{.input = 7, .cache_read = 2, .output = 3}));
  RawUsage none;
  read_bedrock_raw_head({{"X-Amzn-Bedrock-Input-Token-Count", "-7"}}, none);
  EXPECT_FALSE(none.tokens);
}

TEST(RawUsage, OfCohereIsWhatIsBilled) {
  EXPECT_EQ(*read(read_cohere_raw_usage, "/chat",
                  {R"({"usage":{"billed_units":{"input_tokens":5,"output_tokens":2},"tokens":{"input_tokens":70}}})"})
                 .tokens,
            (TokenCounts{.input = 5, .output = 2}));
  EXPECT_EQ(
      *read(read_cohere_raw_usage, "/chat",
            {R"({"type":"message-end","delta":{"usage":{"billed_units":{"input_tokens":5,"output_tokens":2}}}})"})
           .tokens,
      (TokenCounts{.input = 5, .output = 2}));
  EXPECT_EQ(read(read_cohere_raw_usage, "/rerank", {R"({"results":[],"meta":{"billed_units":{"search_units":1}}})"})
                .tokens->tool_requests,
            1);
}

TEST(RawUsage, OfOllamaStandsInItsLastLine) {
  const auto usage = read(read_ollama_raw_usage, "/chat",
                          {R"({"model":"llama3.2:latest","message":{"content":"Hi"},"done":false})",
                           R"({"model":"llama3.2:latest","done":true,"prompt_eval_count":9,"eval_count":4})"});
  EXPECT_EQ(*usage.tokens, (TokenCounts{.input = 9, .output = 4}));
  EXPECT_EQ(usage.model, "llama3.2:latest");
  EXPECT_TRUE(read(read_ollama_raw_usage, "/show", {"{}"}).is_free);
}

}  // namespace
}  // namespace millwright::extensions
