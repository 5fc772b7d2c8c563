#include <gtest/gtest.h>

#include "extensions/providers/openai.hpp"

namespace millwright::extensions {
namespace {

finops::TokenCounts read(std::string_view usage) {
  return read_openai_usage(*parse_json_object(fmt::format(R"({{"usage": {}}})", usage)))
      .value_or(finops::TokenCounts{});
}

TEST(ReadOpenAiUsage, MetersAreDisjointAndAddUpToWhatWasReported) {
  const auto tokens = read(R"({"prompt_tokens": 1000, "completion_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 300, "cache_write_tokens": 200, "cache_write_1h_tokens": 50,
                              "audio_tokens": 40, "image_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 60, "audio_tokens": 5},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1}})");
  EXPECT_EQ(tokens.cache_read, 300);
  EXPECT_EQ(tokens.cache_write, 150);
  EXPECT_EQ(tokens.cache_write_1h, 50);
  EXPECT_EQ(tokens.audio_in, 40);
  EXPECT_EQ(tokens.image_in, 10);
  EXPECT_EQ(tokens.input, 450);
  EXPECT_EQ(tokens.reasoning, 60);
  EXPECT_EQ(tokens.audio_out, 5);
  EXPECT_EQ(tokens.output, 35);
  EXPECT_EQ(tokens.tool_requests, 2) << "fetches of pages cost their tokens alone";
}

TEST(ReadOpenAiUsage, DetailsLargerThanTheirTotalDoNotMakeTokens) {
  const auto tokens = read(R"({"prompt_tokens": 10, "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 8, "audio_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 99, "audio_tokens": 99}})");
  EXPECT_EQ(tokens.cache_read + tokens.cache_write + tokens.audio_in + tokens.input, 10);
  EXPECT_EQ(tokens.reasoning + tokens.audio_out + tokens.output, 5);
  EXPECT_EQ(tokens.input, 0);
}

TEST(ReadOpenAiUsage, KnowsWhereOtherServersPutIt) {
  const auto deepseek = read(R"({"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 26,
    "prompt_cache_hit_tokens": 16, "prompt_cache_miss_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 4}})");
  EXPECT_EQ(deepseek.cache_read, 16);
  EXPECT_EQ(deepseek.input, 4);
  EXPECT_EQ(deepseek.reasoning, 4);
  EXPECT_EQ(deepseek.output, 2);
  const auto xai = read(R"({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 20,
    "completion_tokens_details": {"reasoning_tokens": 7}})");
  EXPECT_EQ(xai.reasoning, 7);
  EXPECT_EQ(xai.output, 3);
  const auto groq = read_openai_usage(*parse_json_object(R"({"choices":[],"x_groq":{"usage":{"prompt_tokens":2,"completion_tokens":1}}})"));
  ASSERT_TRUE(groq);
  EXPECT_EQ(groq->input, 2);
  const auto moonshot = read_openai_usage(*parse_json_object(R"({"choices":[{"usage":{"prompt_tokens":5,"completion_tokens":1,"cached_tokens":3}}]})"));
  ASSERT_TRUE(moonshot);
  EXPECT_EQ(moonshot->cache_read, 3);
  EXPECT_FALSE(read_openai_usage(*parse_json_object(R"({"choices":[{"index":0}],"usage":null})")));
}

}  // namespace
}  // namespace millwright::extensions
