#include "features/gateway/token_counts.hpp"

#include <gtest/gtest.h>

#include "features/gateway/compose.hpp"

namespace millwright::gateway {
namespace {

json::object chat_of(std::string_view text) { return *parse_json_object(text); }

tokens::Tokeniser exact() { return *tokens::find_tokeniser("o200k_base"); }

TEST(CountChat, TextIsCountedExactlyWithItsFrames) {
  if (!exact().is_exact()) GTEST_SKIP() << "built without WITH_TOKENISERS";
  // The example of OpenAI's own cookbook: 124 tokens with gpt-4o.
  const auto chat = chat_of(R"({"messages":[
    {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
    {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
    {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
    {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
    {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
    {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]})");
  const auto counted = count_chat(chat, exact());
  EXPECT_EQ(counted.tokens, 124);
  EXPECT_TRUE(counted.is_exact);
}

TEST(CountChat, EverythingThatIsSentCounts) {
  const tokens::Tokeniser estimate;
  const auto count = [&](std::string_view text) { return count_chat(chat_of(text), estimate); };
  const auto plain = count(R"({"messages":[{"role":"user","content":"hello"}]})");
  EXPECT_FALSE(plain.is_exact);
  EXPECT_GT(count(R"({"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hello"}]})").tokens,
            plain.tokens);
  EXPECT_GT(count(R"({"tools":[{"type":"function"}],"messages":[{"role":"user","content":"hello"}]})").tokens,
            plain.tokens);
  EXPECT_GT(count(R"({"messages":[{"role":"user","content":"hello"},{"role":"assistant","tool_calls":[{"id":"a"}]}]})")
                .tokens,
            plain.tokens);
  EXPECT_GE(
      count(
          R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/b"}}]}]})")
          .tokens,
      1'600);
  EXPECT_EQ(count(R"({"messages":[{"role":"user","content":[{"type":"text","text":"hello"}]}]})").tokens, plain.tokens);
}

TEST(CountChat, StopsBehindTheLimit) {
  json::object chat{
      {"messages", json::array{json::object{{"role", "user"}, {"content", std::string(1'000'000, ' ') + "x"}}}}};
  chat["messages"].get_array().push_back(json::object{{"role", "user"}, {"content", "more"}});
  EXPECT_GT(count_chat(chat, exact(), 10).tokens, 10);
}

TEST(BoundSlack, LeavesAnUpperBound) {
  if (!exact().is_exact()) GTEST_SKIP() << "built without WITH_TOKENISERS";
  const auto chat = chat_of(
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"The printer is on fire, please send somebody with a bucket."}]},
    {"role":"assistant","content":"😀"}]})");
  const auto slack = bound_slack(chat, tokens::Encoding::O200kBase);
  EXPECT_GT(slack, 30);
  EXPECT_GE(input_tokens_bound(chat) - slack, count_chat(chat, exact()).tokens);
}

TEST(TextBound, IsNeverPassedByACount) {
  for (const auto* text :
       {R"({"messages":[{"role":"user","content":"!?#$%&"}]})", R"({"messages":[{"role":"user","content":""}]})",
        R"({"messages":[{"role":"user","name":"ada","content":"\u0001\u0002"},{"role":"assistant","content":null}]})",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"𓀀"}]}]})"}) {
    const auto chat = chat_of(text);
    ASSERT_TRUE(text_bound(chat)) << text;
    EXPECT_GE(*text_bound(chat), count_chat(chat, exact()).tokens) << text;
  }
}

TEST(TextBound, SaysNothingOfWhatIsNoText) {
  for (const auto* text :
       {R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/b"}}]}]})",
        R"({"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"a"}]}]})",
        R"({"messages":[{"role":"assistant","content":"","reasoning_content":"hm"}]})",
        R"({"tools":[{"type":"function"}],"messages":[{"role":"user","content":"a"}]})"}) {
    EXPECT_FALSE(text_bound(chat_of(text))) << text;
  }
}

TEST(CountLeast, IsNeverMoreThanWhatIsSent) {
  if (!exact().is_exact()) GTEST_SKIP() << "built without WITH_TOKENISERS";
  const auto chat = chat_of(
      R"({"messages":[{"role":"user","content":"The printer is on fire."},
    {"role":"user","content":[{"type":"text","text":"Look:"},{"type":"image_url","image_url":{"url":"https://a.example/b"}}]}]})");
  const std::vector<std::string> further{"Be brief.", ""};
  const auto least = count_least(chat, further, exact(), 1'000);
  EXPECT_LE(least, count_chat(chat, exact()).tokens);
  EXPECT_GE(least, 10);
  EXPECT_GT(count_least(chat, std::vector<std::string>{std::string(5'000, '?') + "x y z"}, exact(), 3), 3);
}

TEST(CountInputs, OfListsTextsAndTokenNumbers) {
  if (!exact().is_exact()) GTEST_SKIP() << "built without WITH_TOKENISERS";
  EXPECT_EQ(count_inputs(chat_of(R"({"input":"hello world"})"), exact()).tokens, 2);
  EXPECT_EQ(count_inputs(chat_of(R"({"input":["hello world",[1,2,3]],"model":"long name"})"), exact()).tokens, 5);
  EXPECT_EQ(count_inputs(chat_of(R"({"query":"hello","documents":[{"text":"world"}]})"), exact()).tokens, 2);
}

}  // namespace
}  // namespace millwright::gateway
