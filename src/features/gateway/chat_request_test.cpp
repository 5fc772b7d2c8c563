#include <gtest/gtest.h>

#include "features/gateway/chat.hpp"

namespace millwright::gateway {
namespace {

Result<ChatRequest> parse(std::string_view text) { return parse_chat_request(json::parse(text).as_object()); }

TEST(ParseChatRequest, ReadsWhatTheGatewayNeedsAndKeepsTheRest) {
  const auto request = parse(R"({"model":"helpdesk","stream":true,"stream_options":{"include_usage":true},
      "max_completion_tokens":7,"made_up":{"a":1},
      "messages":[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"hello"}]}]})");
  ASSERT_TRUE(request) << describe(request.error());
  EXPECT_EQ(request->model, "helpdesk");
  EXPECT_TRUE(request->is_streamed);
  EXPECT_TRUE(request->wants_usage);
  EXPECT_EQ(request->output_tokens_max, 7);
  EXPECT_EQ(request->text_bytes, 13u);
  EXPECT_TRUE(request->body.contains("made_up"));
}

TEST(ParseChatRequest, NamesTheFieldThatIsWrong) {
  struct Case {
    std::string_view body, field;
  };
  const std::array cases{
      Case{R"({"messages":[{"role":"user","content":"a"}]})", "model"},
      Case{R"({"model":"","messages":[{"role":"user","content":"a"}]})", "model"},
      Case{R"({"model":5,"messages":[{"role":"user","content":"a"}]})", "model"},
      Case{R"({"model":"m"})", "messages"},
      Case{R"({"model":"m","messages":[]})", "messages"},
      Case{R"({"model":"m","messages":["a"]})", "messages[0]"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"},{"content":"b"}]})", "messages[1].role"},
      Case{R"({"model":"m","messages":[{"role":"robot","content":"a"}]})", "messages[0].role"},
      Case{R"({"model":"m","messages":[{"role":"user"}]})", "messages[0].content"},
      Case{R"({"model":"m","messages":[{"role":"user","content":5}]})", "messages[0].content"},
      Case{R"({"model":"m","messages":[{"role":"user","content":[{"text":"a"}]}]})", "messages[0].content[0].type"},
      Case{R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})", "messages[0].content[0].text"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"stream":"yes"})", "stream"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"stream_options":{}})", "stream_options"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":0})", "max_tokens"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":"9"})", "max_tokens"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"n":1000})", "n"},
      Case{R"({"model":"m","messages":[{"role":"user","content":"a"}],"temperature":"hot"})", "temperature"},
  };
  for (const auto& c : cases) {
    const auto request = parse(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(request.error().where.field, c.field) << c.body;
  }
}

TEST(ParseChatRequest, TakesNullsForOptionalMembers) {
  EXPECT_TRUE(parse(R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[]}],"stream":null,
                        "max_tokens":null,"n":null,"temperature":null,"stream_options":null})"));
}

}  // namespace
}  // namespace millwright::gateway
