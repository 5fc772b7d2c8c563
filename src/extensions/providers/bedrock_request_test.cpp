#include <gmock/gmock.h>

#include "extensions/providers/bedrock_messages.hpp"
#include "extensions/providers/bedrock_part.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;

constexpr std::string_view claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

json::object chat(std::string_view members) {
  auto body = *parse_json_object(R"({"max_tokens":4096,"messages":[{"role":"user","content":"Hi"}]})");
  for (auto& member : *parse_json_object(fmt::format("{{{}}}", members))) body[member.key()] = member.value();
  return body;
}

json::object encode(const json::object& body, std::string_view model = claude, const BedrockRules& rules = {}) {
  auto request = encode_bedrock_request(body, model, rules);
  EXPECT_TRUE(request) << (request ? "" : request.error().where.field + ": " + request.error().message);
  return request.value_or(json::object());
}

TEST(BedrockRequest, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("bedrock/requests", ".json")) {
    const auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    BedrockRules rules;
    rules.s3_prefix = "s3://bucket/";
    auto request = encode_bedrock_request(*body, string_member(*body, "model"), rules);
    ASSERT_TRUE(request) << file << request.error().where.field << request.error().message;
    test::expect_golden(file, "bedrock", test::render_indented(*request));
  }
}

TEST(BedrockRequest, ThinkingComesBackByteForByteInFrontOfTheContent) {
  const std::string signature = "EqoB+/=\xC3\xA9\xE2\x80\xA8";
  auto body = chat("");
  json::array thinking{json::object{{"type", "thinking"}, {"thinking", "a\n\"b\"\x01"}, {"signature", signature}},
                       json::object{{"type", "redacted_thinking"}, {"data", "EmwK"}}};
  body["messages"].get_array().push_back(
      json::object{{"role", "assistant"}, {"content", "x"}, {"thinking_blocks", std::move(thinking)}});
  const auto content = encode(body).at("messages").at(1).at("content").get_array();
  EXPECT_EQ(content.at(0).at("reasoningContent").at("reasoningText").at("text"), "a\n\"b\"\x01");
  EXPECT_EQ(content.at(0).at("reasoningContent").at("reasoningText").at("signature"), json::value(signature));
  EXPECT_EQ(content.at(1).at("reasoningContent").at("redactedContent"), "EmwK");
  EXPECT_EQ(content.at(2).at("text"), "x");
}

struct Refusal {
  std::string_view members, field, says;
};

TEST(BedrockRequest, RefusesByNameWhatConverseHasNoPlaceFor) {
  const std::vector<Refusal> refusals{
      {R"("n":2)", "n", "one choice"},
      {R"("functions":[{"name":"f"}])", "functions", "tools"},
      {R"("audio":{"voice":"x"})", "audio", "text"},
      {R"("web_search_options":{})", "web_search_options", "web"},
      {R"("response_format":{"type":"json_object"})", "response_format", "json_schema"},
      {R"("tools":[{"type":"custom","custom":{"name":"x"}}])", "tools[0].type", "custom"},
      {R"("tools":[{"type":"function"}])", "tools[0].function", "object"},
      {R"("tools":[{"type":"native","dialect":"anthropic","value":{}}])", "tools[0]", "anthropic"},
      {R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"maybe")", "tool_choice", "maybe"},
      {R"("tool_choice":{"type":"allowed_tools"})", "tool_choice.type", "allowed_tools"},
      {R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"y"}])",
       "tool_choice", "forbid"},
      {R"("messages":"x")", "messages", "list"},
      {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png"}}]}])",
       "messages[0].content[0].image_url.url", "data URL"},
      {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/bmp;base64,AA=="}}]}])",
       "messages[0].content[0].image_url.url", "image/bmp"},
      {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"s3://any/a.png"}}]}])",
       "messages[0].content[0].image_url.url", "s3_prefix"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{"file_url":"s3://any/a.pdf"}}]}])",
       "messages[0].content[0].file.file_url", "s3_prefix"},
      {R"("messages":[{"role":"user","content":[{"type":"native","dialect":"bedrock","value":{"image":{"source":{"s3Location":{"uri":"s3://any/a"}}}}}]}])",
       "messages[0].content[0].value", "s3_prefix"},
      {R"("additionalModelRequestFields":{"max_gen_len":9999})", "additionalModelRequestFields.max_gen_len", "max_tokens"},
      {R"("max_tokens_to_sample":9999)", "additionalModelRequestFields.max_tokens_to_sample", "max_tokens"},
      {R"("additionalModelRequestFields":{"system":"x"})", "additionalModelRequestFields.system", "messages"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}])",
       "messages[0].content[0].file", "file_data"},
      {R"("messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/zip;base64,AA=="}}]}])",
       "messages[0].content[0].file.file_data", "application/zip"},
      {R"("messages":[{"role":"user","content":[{"type":"native","dialect":"gemini","value":{}}]}])",
       "messages[0].content[0]", "gemini"},
      {R"("messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}])",
       "messages[0].content", "text alone"},
      {R"("messages":[{"role":"tool","content":"x"}])", "messages[0].tool_call_id", "call"},
      {R"("messages":[{"role":"function","name":"f","content":"x"}])", "messages[0].role", "tool"},
      {R"("messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}])",
       "messages[0].tool_calls[0].function.arguments", "object"},
  };
  for (const auto& refusal : refusals) {
    const auto request = encode_bedrock_request(chat(refusal.members), claude, {});
    ASSERT_FALSE(request) << refusal.members;
    EXPECT_EQ(request.error().code, ErrorCode::InvalidInput) << refusal.members;
    EXPECT_EQ(request.error().where.field, refusal.field) << refusal.members;
    EXPECT_THAT(request.error().message, HasSubstr(refusal.says)) << refusal.members;
  }
}

TEST(BedrockRequest, AGuardrailOfTheConfigurationStandsBeforeTheCallers) {
  BedrockRules rules;
  rules.guardrail = "gr-house";
  rules.guardrail_version = "3";
  const auto own = encode(chat(R"("guardrailConfig":{"guardrailIdentifier":"gr-mine","guardrailVersion":"1","trace":"enabled"})"),
                          claude, rules);
  EXPECT_EQ(json::serialize(own.at("guardrailConfig")),
            R"({"guardrailIdentifier":"gr-house","guardrailVersion":"3","trace":"enabled"})");
  EXPECT_EQ(encode(chat(""), claude, rules).at("guardrailConfig").at("guardrailIdentifier"), "gr-house");
  EXPECT_FALSE(encode(chat("")).contains("guardrailConfig"));
}

TEST(BedrockRequest, AReasoningEffortIsAWishInTheWordsOfTheModel) {
  const auto fields = [](std::string_view members, std::string_view model) {
    const auto request = encode(chat(members), model);
    const auto* own = find_member(request, "additionalModelRequestFields");
    return own == nullptr ? std::string() : json::serialize(*own);
  };
  EXPECT_EQ(fields(R"("reasoning_effort":"low")", claude), R"({"thinking":{"type":"enabled","budget_tokens":2048}})");
  EXPECT_EQ(fields(R"("reasoning_effort":"low")", "openai.gpt-oss-120b-1:0"), R"({"reasoning_effort":"low"})");
  EXPECT_EQ(fields(R"("reasoning_effort":"low")", "meta.llama3-1-8b-instruct-v1:0"), "");
  EXPECT_EQ(fields(R"("reasoning_effort":"low","max_tokens":1000)", claude), "");
  EXPECT_EQ(fields(R"("reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required")",
                   claude),
            "");
  EXPECT_EQ(fields(R"("reasoning_effort":"low","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"y"}])",
                   claude),
            "");
  EXPECT_EQ(fields(R"("thinking":{"type":"enabled","budget_tokens":1024},"reasoning_effort":"high")", claude),
            R"({"thinking":{"type":"enabled","budget_tokens":1024}})");
  const auto request = encode(chat(R"("reasoning_effort":"low","temperature":0.5,"top_p":0.9)"));
  EXPECT_EQ(json::serialize(request.at("inferenceConfig")), R"({"maxTokens":4096})");
}

TEST(BedrockRequest, ATierOfOtherDialectsIsOneOfBedrocksOrLeftOut) {
  const auto tier = [](std::string_view members) {
    const auto request = encode(chat(members));
    const auto* own = find_member(request, "serviceTier");
    return own == nullptr ? std::string() : json::serialize(*own);
  };
  EXPECT_EQ(tier(R"("service_tier":"standard_only")"), R"({"type":"default"})");
  EXPECT_EQ(tier(R"("service_tier":"priority")"), R"({"type":"priority"})");
  EXPECT_EQ(tier(R"("service_tier":"auto")"), "");
  EXPECT_EQ(tier(R"("service_tier":"scale")"), "");
  EXPECT_EQ(tier(R"("serviceTier":{"type":"flex"},"service_tier":"priority")"), R"({"type":"flex"})");
}

TEST(BedrockRequest, OneCallAtATimeIsSaidInTheModelsOwnWordsOrRefused) {
  constexpr std::string_view members =
      R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","parallel_tool_calls":false)";
  EXPECT_EQ(json::serialize(encode(chat(members)).at("additionalModelRequestFields")),
            R"({"tool_choice":{"type":"any","disable_parallel_tool_use":true}})");
  const auto refused = encode_bedrock_request(chat(members), "amazon.nova-pro-v1:0", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where.field, "parallel_tool_calls");
  EXPECT_TRUE(encode_bedrock_request(chat(R"("parallel_tool_calls":false)"), "amazon.nova-pro-v1:0", {}));
}

TEST(BedrockRequest, IdsOfOtherProvidersBecomeOnesThatAreTakenTheSameInCallAndAnswer) {
  const std::string id = "call:" + std::string(100, 'x');
  auto body = chat("");
  json::object call{{"id", id}, {"function", json::object{{"name", "f"}, {"arguments", ""}}}};
  auto& messages = body["messages"].get_array();
  messages.push_back(json::object{{"role", "assistant"}, {"tool_calls", json::array{std::move(call)}}});
  messages.push_back(json::object{{"role", "tool"}, {"tool_call_id", id}, {"content", "y"}});
  const auto request = encode(body);
  const auto& turns = request.at("messages").get_array();
  const auto& used = turns.at(1).at("content").at(0).at("toolUse").at("toolUseId").as_string();
  EXPECT_EQ(json::value(used), turns.at(2).at("content").at(0).at("toolResult").at("toolUseId"));
  EXPECT_LE(used.size(), 64);
  EXPECT_EQ(std::string_view(used).find(':'), std::string_view::npos);
}

TEST(TakesCachePoints, AsFarAsAModelIsKnownToKeepThem) {
  for (const auto* id : {"eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-3-5-sonnet-20241022-v2:0",
                         "anthropic.claude-3-5-haiku-20241022-v1:0", "global.anthropic.claude-opus-5",
                         "us.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"}) {
    EXPECT_TRUE(takes_cache_points(id)) << id;
  }
  for (const auto* id : {"anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-5-sonnet-20240620-v1:0",
                         "meta.llama3-3-70b-instruct-v1:0", "amazon.nova-sonic-v1:0", "amazon.titan-embed-text-v2:0",
                         "arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc"}) {
    EXPECT_FALSE(takes_cache_points(id)) << id;
  }
}

}  // namespace
}  // namespace millwright::extensions
