#include "api/anthropic/token_estimate.hpp"

#include <gtest/gtest.h>

#include "api/anthropic/request.hpp"

namespace millwright::api::anthropic {
namespace {

TEST(EstimateTextTokens, CountsByClass) {
  EXPECT_EQ(estimate_text_tokens(""), 0);
  EXPECT_EQ(estimate_text_tokens("hello"), 1);
  EXPECT_EQ(estimate_text_tokens("hello, world"), 3);
  EXPECT_EQ(estimate_text_tokens("1234567"), 3);
  EXPECT_EQ(estimate_text_tokens("a\n\nb"), 3);
  EXPECT_EQ(estimate_text_tokens("日本語"), 3);
  EXPECT_EQ(estimate_text_tokens("привет"), 3);
  EXPECT_EQ(estimate_text_tokens("\xF0\x9F"), 1);  // cut short: no read beyond the end
}

std::int64_t tokens_of(std::string_view body) {
  const auto chat = decode_request(*parse_json_object(body), OutputLimit::Optional);
  EXPECT_TRUE(chat);
  return estimate_chat_tokens(*chat);
}

TEST(EstimateChatTokens, GrowsWithEverythingThatIsSent) {
  const auto plain = tokens_of(R"({"model":"m","messages":[{"role":"user","content":"hello"}]})");
  EXPECT_EQ(plain, 5);
  EXPECT_GT(tokens_of(R"({"model":"m","system":"be kind","messages":[{"role":"user","content":"hello"}]})"), plain);
  EXPECT_GT(
      tokens_of(
          R"({"model":"m","tools":[{"name":"a","input_schema":{}}],"messages":[{"role":"user","content":"hello"}]})"),
      plain);
  EXPECT_GT(
      tokens_of(
          R"({"model":"m","messages":[{"role":"user","content":[{"type":"search_result","title":"VPN and how"}]}]})"),
      plain);
  EXPECT_GE(
      tokens_of(
          R"({"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.example/b"}}]}]})"),
      1'600);
}

}  // namespace
}  // namespace millwright::api::anthropic
