// Decoding Messages requests: golden pairs, the way back, and what is refused.
#include "api/anthropic/request.hpp"

#include <gtest/gtest.h>

#include "api/anthropic/members.hpp"
#include "api/anthropic/surface.hpp"
#include "features/gateway/chat.hpp"
#include "tests/support/golden.hpp"

namespace millwright::api::anthropic {
namespace {

/// The way back, as a provider of this dialect goes it: only what these tests need.
class Encoder {
 public:
  json::object encode(const json::object& chat) {
    for (const auto& member : chat) put(member.key(), member.value());
    if (!system_.empty()) out_["system"] = std::move(system_);
    if (chat.contains("parallel_tool_calls")) out_["tool_choice"].as_object()["disable_parallel_tool_use"] = true;
    return std::move(out_);
  }

 private:
  void put(std::string_view key, const json::value& value) {
    if (key == "messages") {
      for (const auto& message : value.as_array()) add(message.as_object());
      out_["messages"] = std::move(turns_);
    } else if (key == "stop") {
      out_["stop_sequences"] = value;
    } else if (key == "user") {
      out_["metadata"] = json::object{{"user_id", value}};
    } else if (key == "service_tier") {
      out_["service_tier"] = value == "default" ? json::value("standard_only") : value;
    } else if (key == "tools") {
      json::array tools;
      for (const auto& tool : value.as_array()) tools.push_back(tool_of(tool.as_object()));
      out_["tools"] = std::move(tools);
    } else if (key == "tool_choice") {
      out_["tool_choice"] = choice_of(value);
    } else if (key == "response_format") {
      config()["format"] = json::object{{"type", "json_schema"}, {"schema", value.at("json_schema").at("schema")}};
    } else if (key == "output_config") {
      for (const auto& member : value.as_object()) config()[member.key()] = member.value();
    } else if (key != "parallel_tool_calls") {
      out_[key] = value;
    }
  }

  json::object& config() {
    auto& config = out_["output_config"];
    if (!config.is_object()) config = json::object();
    return config.as_object();
  }

  static json::object tool_of(const json::object& tool) {
    if (tool.at("type") == "native") return tool.at("value").as_object();
    json::object encoded = tool;
    encoded.erase("type");
    encoded.erase("function");
    for (const auto& member : tool.at("function").as_object()) {
      encoded[member.key() == "parameters" ? json::string_view("input_schema") : member.key()] = member.value();
    }
    return encoded;
  }

  static json::value choice_of(const json::value& choice) {
    if (choice.is_object()) return json::object{{"type", "tool"}, {"name", choice.at("function").at("name")}};
    return json::object{{"type", choice == "required" ? json::value("any") : choice}};
  }

  static json::array blocks_of(const json::value& content) {
    if (content.is_null() || content == "") return {};
    if (content.is_string()) return json::array{json::object{{"type", "text"}, {"text", content}}};
    json::array blocks;
    for (const auto& part : content.as_array()) blocks.push_back(block_of(part.as_object()));
    return blocks;
  }

  static json::object source_of(const std::string& url) {
    if (!url.starts_with("data:")) return {{"type", "url"}, {"url", url}};
    const auto semicolon = url.find(';'), comma = url.find(',');
    return {{"type", "base64"}, {"media_type", url.substr(5, semicolon - 5)}, {"data", url.substr(comma + 1)}};
  }

  static json::object block_of(const json::object& part) {
    if (part.at("type") == "native") return part.at("value").as_object();
    if (part.at("type") == "text") return part;
    json::object block = part;
    if (part.at("type") == "image_url") {
      block["source"] = source_of(std::string(part.at("image_url").at("url").as_string()));
      block["type"] = "image";
      block.erase("image_url");
      return block;
    }
    const auto& file = part.at("file").as_object();
    block["type"] = "document";
    block.erase("file");
    if (file.contains("file_id"))
      block["source"] = json::object{{"type", "file"}, {"file_id", file.at("file_id")}};
    else if (file.contains("file_url"))
      block["source"] = source_of(std::string(file.at("file_url").as_string()));
    else
      block["source"] = source_of(std::string(file.at("file_data").as_string()));
    if (file.contains("filename")) block["title"] = file.at("filename");
    return block;
  }

  static json::object call_of(const json::object& call) {
    json::object block{{"type", "tool_use"},
                       {"id", call.at("id")},
                       {"name", call.at("function").at("name")},
                       {"input", json::parse(call.at("function").at("arguments").as_string())}};
    if (call.contains("cache_control")) block["cache_control"] = call.at("cache_control");
    if (call.contains("extra_content")) {
      for (const auto& member : call.at("extra_content").at("anthropic").as_object())
        block[member.key()] = member.value();
    }
    return block;
  }

  void add(const json::object& message) {
    const auto& role = message.at("role");
    if (role == "system" && turns_.empty()) {
      for (auto& block : blocks_of(message.at("content"))) system_.push_back(std::move(block));
      return;
    }
    json::array blocks;
    if (message.contains("thinking_blocks")) blocks = message.at("thinking_blocks").as_array();
    if (role == "tool") {
      json::object result = message;
      result.erase("role");
      result["type"] = "tool_result";
      result["tool_use_id"] = message.at("tool_call_id");
      result.erase("tool_call_id");
      result["content"] = blocks_of(message.at("content"));
      blocks.push_back(std::move(result));
    } else {
      for (auto& block : blocks_of(message.at("content"))) blocks.push_back(std::move(block));
    }
    if (message.contains("tool_calls")) {
      for (const auto& call : message.at("tool_calls").as_array()) blocks.push_back(call_of(call.as_object()));
    }
    const json::value speaker = role == "tool" ? json::value("user") : role;
    if (turns_.empty() || turns_.back().at("role") != speaker) {
      turns_.push_back(json::object{{"role", speaker}, {"content", json::array()}});
    }
    auto& content = turns_.back().as_object()["content"].as_array();
    for (auto& block : blocks) content.push_back(std::move(block));
  }

  json::object out_;
  json::array system_, turns_;
};

/// What means the same is written the same: texts as lists of blocks, defaults and nulls left out.
json::value normal(const json::value& value) {
  if (value.is_array()) {
    json::array list;
    for (const auto& item : value.get_array()) list.push_back(normal(item));
    return list;
  }
  if (!value.is_object()) return value;
  json::object object;
  const bool is_call = value.get_object().contains("input");
  for (const auto& member : value.get_object()) {
    if (member.value().is_null() || (member.key() == "type" && member.value() == "custom")) continue;
    const bool is_text = (member.key() == "content" || member.key() == "system") && member.value().is_string();
    if (is_text)
      object[member.key()] = json::array{json::object{{"type", "text"}, {"text", member.value()}}};
    else
      object[member.key()] = is_call && member.key() == "input" ? member.value() : normal(member.value());
  }
  if (object.contains("tool_use_id") && !object.contains("content")) object["content"] = json::array();
  return object;
}

TEST(MessagesRequest, GoldenPairs) {
  for (const auto& file : test::golden_cases("messages/requests", ".json")) {
    const auto request = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(request) << file;
    const auto chat = decode_request(*request, OutputLimit::Required);
    ASSERT_TRUE(chat) << file << " " << describe(chat.error());
    test::expect_golden(file, "chat", test::render_indented(*chat));
    const auto checked = gateway::parse_chat_request(*chat);
    EXPECT_TRUE(checked) << file << " " << describe(checked.error());
  }
}

TEST(MessagesRequest, TheWayBackMeansTheSame) {
  for (const auto& file : test::golden_cases("messages/requests", ".json")) {
    const auto request = parse_json_object(test::read_golden_case(file));
    const auto chat = decode_request(*request, OutputLimit::Required);
    ASSERT_TRUE(chat) << file;
    const auto again = normal(Encoder().encode(*chat));
    EXPECT_EQ(again, normal(*request)) << file << "\n" << test::render_indented(again);
  }
}

struct Refusal {
  const char* body;
  const char* field;
};
class RefusedRequest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedRequest, NamesTheField) {
  const auto request = parse_json_object(GetParam().body);
  ASSERT_TRUE(request);
  const auto chat = decode_request(*request, OutputLimit::Required);
  ASSERT_FALSE(chat);
  EXPECT_EQ(chat.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(chat.error().where.field, GetParam().field);
}

#define USER R"("model":"m","max_tokens":1,"messages":[{"role":"user","content":)"

INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedRequest,
    testing::Values(
        Refusal{R"({"max_tokens":1,"messages":[]})", "model"}, Refusal{R"({"model":7})", "model"},
        Refusal{R"({"model":"m","max_tokens":1})", "messages"},
        Refusal{R"({"model":"m","max_tokens":1,"messages":[]})", "messages"},
        Refusal{R"({"model":"m","max_tokens":1,"messages":["hi"]})", "messages.0"},
        Refusal{R"({"model":"m","max_tokens":1,"messages":[{"role":"tool","content":""}]})", "messages.0.role"},
        Refusal{R"({"model":"m","max_tokens":1,"messages":[{"role":"user"}]})", "messages.0.content"},
        Refusal{"{" USER "7}]}", "messages.0.content"},
        Refusal{"{" USER R"([{"type":"text","text":"a"},{"text":"b"}]}]})", "messages.0.content.1.type"},
        Refusal{"{" USER R"([{"type":"text"}]}]})", "messages.0.content.0.text"},
        Refusal{"{" USER R"([{"type":7}]}]})", "messages.0.content.0.type"},
        Refusal{"{" USER R"([{"type":"image"}]}]})", "messages.0.content.0.source"},
        Refusal{"{" USER R"([{"type":"image","source":{"type":"base64","data":""}}]}]})",
                "messages.0.content.0.source.media_type"},
        Refusal{"{" USER R"([{"type":"tool_use","id":"a","name":"b","input":{}}]}]})", "messages.0.content.0.type"},
        Refusal{"{" USER R"([{"type":"tool_result"}]}]})", "messages.0.content.0.tool_use_id"},
        Refusal{"{" USER R"([{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":1}]}]}]})",
                "messages.0.content.0.content.0.text"},
        Refusal{"{" USER R"([{"type":"tool_result","tool_use_id":"a","is_error":"no"}]}]})",
                "messages.0.content.0.is_error"},
        Refusal{"{" USER R"("a"},{"role":"assistant","content":[{"type":"tool_result"}]}]})",
                "messages.1.content.0.type"},
        Refusal{"{" USER
                R"("a"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":"{}"}]}]})",
                "messages.1.content.0.input"},
        Refusal{"{" USER R"("a"},{"role":"assistant","content":[{"type":"thinking"}]}]})",
                "messages.1.content.0.thinking"},
        Refusal{"{" USER R"("a","tool_calls":[]}]})", "messages.0.tool_calls"},
        Refusal{"{" USER R"("a"}],"system":7})", "system"},
        Refusal{"{" USER R"("a"}],"system":[{"type":"text"}]})", "system.0.text"},
        Refusal{"{" USER R"("a"}],"tools":[{"name":"a"}]})", "tools.0.input_schema"},
        Refusal{"{" USER R"("a"}],"tools":[{"input_schema":{}}]})", "tools.0.name"},
        Refusal{"{" USER R"("a"}],"tool_choice":{"type":"some"}})", "tool_choice.type"},
        Refusal{"{" USER R"("a"}],"tool_choice":{"type":"tool"}})", "tool_choice.name"},
        Refusal{"{" USER R"("a"}],"stop_sequences":["a",1]})", "stop_sequences.1"},
        Refusal{"{" USER R"("a"}],"metadata":{"user_id":1}})", "metadata.user_id"},
        Refusal{"{" USER R"("a"}],"stream":"yes"})", "stream"}, Refusal{"{" USER R"("a"}],"n":3})", "n"},
        Refusal{"{" USER R"("a"}],"max_completion_tokens":9})", "max_completion_tokens"},
        Refusal{R"({"model":"m","messages":[{"role":"user","content":"a"}]})", "max_tokens"},
        Refusal{R"({"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]})", "max_tokens"},
        Refusal{R"({"model":"m","max_tokens":1.5,"messages":[{"role":"user","content":"a"}]})", "max_tokens"}));

TEST(MessagesRequest, ATurnThatSaysNothingIsStillATurn) {
  for (const char* content : {"[]", R"([{"type":"thinking","thinking":"","signature":""}])", R"("")"}) {
    for (const char* role : {"assistant", "user"}) {
      const bool is_thinking = std::string_view(content).find("thinking") != std::string_view::npos;
      if (is_thinking && std::string_view(role) == "user") continue;
      const auto request = parse_json_object(
          fmt::format(R"({{"model":"m","messages":[{{"role":"{}","content":{}}}]}})", role, content));
      const auto chat = decode_request(*request, OutputLimit::Optional);
      ASSERT_TRUE(chat) << content;
      ASSERT_EQ(chat->at("messages").as_array().size(), 1u);
      EXPECT_EQ(chat->at("messages").at(0).at("content"), "");
    }
  }
}

TEST(MessagesRequest, ThinkingOfOtherProvidersComesBackAsReasoning) {
  const auto request = parse_json_object(
      R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"a"}]}]})");
  const auto chat = decode_request(*request, OutputLimit::Optional);
  ASSERT_TRUE(chat);
  const auto& message = chat->at("messages").at(0).as_object();
  EXPECT_EQ(message.at("reasoning_content"), "hm");
  EXPECT_FALSE(message.contains("thinking_blocks"));
}

TEST(MessagesErrors, HaveAnthropicsShape) {
  const auto error = field_error("messages.0.content.1.type", "Field required").error();
  const auto shown = error_object(error, false, "req");
  EXPECT_EQ(shown.at("type"), "error");
  EXPECT_EQ(shown.at("error").at("type"), "invalid_request_error");
  EXPECT_EQ(shown.at("error").at("message"), "messages.0.content.1.type: Field required");
  EXPECT_EQ(shown.at("request_id"), "req");
  EXPECT_EQ(shown.at("millwright").at("param"), "messages.0.content.1.type");
  EXPECT_EQ(shown.at("millwright").at("origin"), "gateway");
  EXPECT_EQ(word_of(ErrorCode::BudgetExhausted).status, 402);
  EXPECT_EQ(word_of(ErrorCode::Unavailable).status, 529);
  EXPECT_EQ(word_of(ErrorCode::UpstreamFailed).status, 502);
}

TEST(MessagesErrors, DoNotShowPlacesOfTheCanonicalChat) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = "not taken";
  error.where = {"request body", "messages[2].content[0]"};
  const auto shown = error_object(error, true, "req");
  EXPECT_EQ(shown.at("error").at("message"), "not taken");
  EXPECT_FALSE(shown.at("millwright").as_object().contains("param"));
}

}  // namespace
}  // namespace millwright::api::anthropic
