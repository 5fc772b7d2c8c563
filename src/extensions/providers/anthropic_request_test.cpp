#include <gmock/gmock.h>

#include "extensions/providers/anthropic_messages.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;

json::object chat(std::string_view members) {
  const auto text =
      fmt::format(R"({{"model":"claude","max_tokens":4096,"messages":[{{"role":"user","content":"Hi"}}]{}{}}})",
                  members.empty() ? "" : ",", members);
  auto body = parse_json_object(text);
  EXPECT_TRUE(body.has_value()) << text;
  return body.value_or(json::object());
}

json::object encode(const json::object& body, AnthropicReasoning reasoning = AnthropicReasoning::Budget) {
  auto request = encode_anthropic_request(body, false, reasoning);
  EXPECT_TRUE(request.has_value()) << (request ? "" : describe(request.error()));
  return request.value_or(json::object());
}

TEST(AnthropicRequest, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("anthropic/requests", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    const auto* stream = find_member(*body, "stream");
    auto request = encode_anthropic_request(*body, stream != nullptr, AnthropicReasoning::Budget);
    ASSERT_TRUE(request) << file << ": " << describe(request.error());
    test::expect_golden(file, "anthropic", test::render_indented(*request));
  }
}

TEST(AnthropicRequest, ThinkingBlocksComeBackByteForByteInFrontOfTheContent) {
  constexpr std::string_view block = R"({"type":"thinking","thinking":"a\n\"b\"\u0001","signature":"EqoB+/=é\u2028"})";
  auto body = chat("");
  json::object said{{"role", "assistant"}, {"content", "x"}, {"thinking_blocks", json::array{*parse_json(block)}}};
  body["messages"].get_array().push_back(std::move(said));
  const auto request = encode(body);
  const auto& content = request.at("messages").at(1).at("content").get_array();
  EXPECT_EQ(content.at(0), *parse_json(block));
  EXPECT_EQ(content.at(1).at("text"), "x");
}

struct Refusal {
  std::string_view members, field, says;
};

TEST(AnthropicRequest, RefusesByNameWhatTheApiHasNoPlaceFor) {
  const std::vector<Refusal> refusals{
      {R"("n":2)", "n", "one choice"},
      {R"("functions":[{"name":"f"}])", "functions", "tools"},
      {R"("audio":{"voice":"x"})", "audio", "text"},
      {R"("web_search_options":{})", "web_search_options", "native"},
      {R"("response_format":{"type":"json_object"})", "response_format", "json_schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"x"}})", "response_format", "schema"},
      {R"("tools":[{"type":"custom","custom":{"name":"x"}}])", "tools[0].type", "custom"},
      {R"("tools":[{"type":"function"}])", "tools[0].function", "object"},
      {R"("tools":[7])", "tools[0]", "object"},
      {R"("tools":[{"type":"native","dialect":"gemini","value":{}}])", "tools[0]", "gemini"},
      {R"("tool_choice":"maybe")", "tool_choice", "maybe"},
      {R"("tool_choice":{"type":"allowed_tools"})", "tool_choice.type", "allowed_tools"},
      {R"("tool_choice":{"type":"function"})", "tool_choice.function.name", "name"},
      {R"("max_tokens":null)", "max_tokens", "limit"},
      {R"("messages":"x")", "messages", "list"},
      {R"("messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}])",
       "messages[0].content[0].type", "input_audio"},
      {R"("messages":[{"role":"user","content":[{"type":"native","dialect":"gemini","value":{}}]}])",
       "messages[0].content[0]", "gemini"},
      {R"("messages":[{"role":"user","content":[{"type":"native","dialect":"anthropic","value":1}]}])",
       "messages[0].content[0].value", "object"},
      {R"("messages":[{"role":"assistant","content":"x","native_blocks":[{"dialect":"bedrock","value":{}}]}])",
       "messages[0].native_blocks[0]", "bedrock"},
      {R"("messages":[{"role":"assistant","content":"x","thinking_blocks":[1]}])", "messages[0].thinking_blocks",
       "object"},
      {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://x"}}]}])",
       "messages[0].content[0].image_url.url", "data URL"},
      {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,raw"}}]}])",
       "messages[0].content[0].image_url.url", "base64"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{}}]}])", "messages[0].content[0].file",
       "file_id"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:audio/wav;base64,AA=="}}]}])",
       "messages[0].content[0].file.file_data", "audio/wav"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,/w=="}}]}])",
       "messages[0].content[0].file.file_data", "UTF-8"},
      {R"("messages":[{"role":"tool","content":"x"}])", "messages[0].tool_call_id", "call"},
      {R"("messages":[{"role":"function","name":"f","content":"x"}])", "messages[0].role", "tool"},
      {R"("messages":[{"role":"assistant","function_call":{}}])", "messages[0].function_call", "tool_calls"},
      {R"("messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"custom"}]}])", "messages[0].tool_calls[0]",
       "functions"},
      {R"("messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}])",
       "messages[0].tool_calls[0].function.arguments", "object"},
  };
  for (const auto& refusal : refusals) {
    const auto request = encode_anthropic_request(chat(refusal.members), false, AnthropicReasoning::Budget);
    ASSERT_FALSE(request) << refusal.members;
    EXPECT_EQ(request.error().code, ErrorCode::InvalidInput) << refusal.members;
    EXPECT_EQ(request.error().where.field, refusal.field) << refusal.members;
    EXPECT_THAT(request.error().message, HasSubstr(refusal.says)) << refusal.members;
  }
}

struct Wish {
  std::string_view members;
  std::int64_t budget;  // 0: no thinking
};

TEST(AnthropicRequest, AReasoningEffortIsAWishThatFitsBelowTheLimit) {
  const std::vector<Wish> wishes{
      {R"("reasoning_effort":"minimal")", 1024},
      {R"("reasoning_effort":"low")", 2048},
      {R"("reasoning_effort":"high")", 3072},  // three quarters of 4,096
      {R"("reasoning_effort":"high","max_tokens":100000)", 16384},
      {R"("reasoning_effort":"medium","max_tokens":1000)", 0},  // below the API's least budget
      {R"("reasoning_effort":"none")", 0},
      {R"("reasoning_effort":"unheard of")", 0},
      {R"("reasoning_effort":null)", 0},
      {R"("reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required")", 0},
      {R"("reasoning_effort":"low","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"y"}])",
       0},
      {R"("reasoning_effort":"low","messages":[{"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}],"tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"y"}])",
       2048},
      {R"("reasoning_effort":"low","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"y"},{"role":"assistant","content":"z"},{"role":"user","content":"q"}])",
       2048},
  };
  for (const auto& wish : wishes) {
    const auto request = encode(chat(wish.members));
    const auto* thinking = find_member(request, "thinking");
    ASSERT_EQ(thinking != nullptr, wish.budget > 0) << wish.members;
    if (thinking != nullptr) EXPECT_EQ(thinking->at("budget_tokens"), wish.budget) << wish.members;
  }
}

TEST(AnthropicRequest, AnAdaptiveModelGetsAnEffortInPlaceOfABudget) {
  const auto request = encode(chat(R"("reasoning_effort":"minimal","temperature":0.5)"), AnthropicReasoning::Adaptive);
  EXPECT_EQ(json::serialize(request.at("thinking")), R"({"type":"adaptive"})");
  EXPECT_EQ(json::serialize(request.at("output_config")), R"({"effort":"low"})");
  EXPECT_FALSE(request.contains("temperature"));
}

TEST(AnthropicRequest, TheLimitIsNeverRaised) {
  for (const char* members :
       {"\"reasoning_effort\":\"max\"", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":9000}"}) {
    EXPECT_EQ(encode(chat(members)).at("max_tokens"), 4096) << members;
  }
}

}  // namespace
}  // namespace millwright::extensions
