// Answers under the guard with the detectors of this build: whole or streamed, the same text leaves.
#include <gtest/gtest.h>

#include "extensions/guardrails/all.hpp"
#include "features/gateway/output_guard.hpp"
#include "features/gateway/texts.hpp"
#include "features/policy/config.hpp"

namespace millwright::test {
namespace {

using gateway::OutputStreamGuard;
using policy::Action;

class AnswerGuard : public testing::Test {
 protected:
  static const policy::Guard& guard() {
    static const auto made = policy::make_guard(config::Node{}, extensions::all_guardrails());
    return **made;
  }
  static json::object parse(std::string_view text) { return parse_json_object(text).value(); }
  static json::object chunk(std::string_view choice) {
    return parse(fmt::format(R"({{"id":"c","object":"chat.completion.chunk","choices":[{}]}})", choice));
  }
  /// Chunks through the guard, as JSON lines; nothing for a chunk that was held.
  static std::vector<std::string> stream(OutputStreamGuard& guarded, const std::vector<std::string>& choices) {
    std::vector<std::string> sent;
    for (const auto& choice : choices) {
      auto given = guarded.feed(chunk(choice));
      if (given) sent.push_back(json::serialize(given->at("choices")));
    }
    return sent;
  }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    return all;
  }
};

TEST_F(AnswerGuard, ReadsEveryTextOfAWholeAnswer) {
  const auto secret = "4111 1111 1111 1111";
  for (const std::string message : {
           R"({"role":"assistant","content":"mail X"})", R"({"role":"assistant","content":[{"type":"text","text":"X"}]})",
           R"({"role":"assistant","content":null,"refusal":"not to X"})", R"({"role":"assistant","content":"","reasoning":"X"})",
           R"({"role":"assistant","content":"","reasoning_content":"X"})",
           R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"to\":\"X\"}"}})",
           R"({"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"to\":\"X\"}"}}]})",
           R"({"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"custom","custom":{"name":"f","input":"X"}}]})",
           R"({"role":"assistant","content":"","audio":{"id":"a","data":"AAAA","transcript":"X"}})",
           R"({"role":"assistant","content":"","thinking_blocks":[{"type":"thinking","thinking":"X","signature":"sig"}]})",
           R"({"role":"assistant","content":"","something_new":{"deep":["X"]}})"}) {
    auto text = message;
    text.replace(text.find('X'), 1, secret);
    auto body = parse(fmt::format(R"({{"choices":[{{"index":0,"message":{},"logprobs":{{"content":[{{"token":"4111"}}]}}}}]}})", text));
    const auto verdict = gateway::guard_answer(body, guard());
    EXPECT_EQ(verdict.action, Action::Redact) << message;
    EXPECT_EQ(json::serialize(body).find("4111"), std::string::npos) << json::serialize(body);
  }
}

TEST_F(AnswerGuard, LeavesBlobsAndOrdinaryAnswersAlone) {
  const std::string blob(100, '4');
  const auto text = fmt::format(R"({{"choices":[{{"index":0,"message":{{"role":"assistant","content":"Bern","audio":{{"data":"{}"}},)"
                                R"("thinking_blocks":[{{"type":"thinking","thinking":"hm","signature":"{}"}}]}},"logprobs":{{"content":[]}}}}]}})",
                                blob, blob);
  auto body = parse(text);
  EXPECT_EQ(gateway::guard_answer(body, guard()).action, Action::Allow);
  EXPECT_EQ(json::serialize(body), text);
}

TEST_F(AnswerGuard, AStreamInAnyCutsSaysWhatTheWholeSays) {
  const std::string text = "Write to john.doe@example.com or call nobody. The card 4111 1111 1111 1111 is a test.";
  auto whole = parse(fmt::format(R"({{"choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}}}}]}})", text));
  (void)gateway::guard_answer(whole, guard());
  const std::string expected(whole["choices"].get_array()[0].at("message").at("content").get_string());
  for (std::size_t size = 1; size <= text.size(); ++size) {
    OutputStreamGuard guarded(guard());
    std::string said;
    const auto add = [&](const std::optional<json::object>& given) {
      if (given) said += string_member(given->at("choices").get_array()[0].at("delta").get_object(), "content");
    };
    for (std::size_t at = 0; at < text.size(); at += size) {
      add(guarded.feed(chunk(fmt::format(R"({{"index":0,"delta":{{"content":"{}"}},"finish_reason":null}})", text.substr(at, size)))));
    }
    add(guarded.feed(chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})")));
    ASSERT_EQ(said, expected) << "pieces of " << size;
  }
}

TEST_F(AnswerGuard, ChunksWithoutADeltaPass) {
  OutputStreamGuard guarded(guard());
  const auto sent = stream(guarded, {R"({"index":0,"delta":{"role":"assistant","content":"Bern"},"finish_reason":null})",
                                     R"({"index":0,"content_filter_offsets":{"start_offset":0}})",
                                     R"({"index":0,"finish_reason":"stop"})"});
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_NE(sent[1].find("content_filter_offsets"), std::string::npos);
  EXPECT_NE(sent[2].find("stop"), std::string::npos);
}

TEST_F(AnswerGuard, ToolCallsAreHeldUntilTheyAreWhole) {
  const std::string head = R"({"index":0,"delta":{"tool_calls":[)", tail = R"(]},"finish_reason":null})";
  const std::string end = R"({"index":0,"delta":{},"finish_reason":"tool_calls"})";
  OutputStreamGuard guarded(guard());
  const auto sent = stream(
      guarded, {head + R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"to\":\"4111 1111"}})" + tail,
                head + R"({"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}})" + tail,
                head + R"({"index":0,"function":{"arguments":" 1111 1111\"}"}})" + tail, end});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_NE(sent[0].find(R"({\"to\":\"[CREDIT_CARD]\"})"), std::string::npos) << sent[0];
  EXPECT_NE(sent[0].find(R"("id":"b")"), std::string::npos);
  EXPECT_EQ(guarded.verdict().action, Action::Redact);
}

TEST_F(AnswerGuard, PiecesWithoutAnIndexBelongByIdOrToTheCallBefore) {
  const std::string head = R"({"index":0,"delta":{"tool_calls":[)", tail = R"(]},"finish_reason":null})";
  OutputStreamGuard guarded(guard());
  const auto sent = stream(guarded, {head + R"({"id":"a","function":{"name":"f","arguments":"{\"x\""}})" + tail,
                                     head + R"({"function":{"arguments":":1}"}})" + tail,
                                     head + R"({"id":"b","function":{"name":"g","arguments":"{}"}})" + tail,
                                     R"({"index":0,"delta":{},"finish_reason":"tool_calls"})"});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_NE(sent[0].find(R"("arguments":"{\"x\":1}")"), std::string::npos) << sent[0];
  EXPECT_NE(sent[0].find(R"("id":"b")"), std::string::npos);
}

TEST_F(AnswerGuard, TheOlderFunctionCallIsReadToo) {
  OutputStreamGuard guarded(guard());
  const auto sent = stream(guarded, {R"({"index":0,"delta":{"function_call":{"name":"f","arguments":"{\"to\":\"4111 11"}},"finish_reason":null})",
                                     R"({"index":0,"delta":{"function_call":{"arguments":"11 1111 1111\"}"}},"finish_reason":null})",
                                     R"({"index":0,"delta":{},"finish_reason":"function_call"})"});
  EXPECT_EQ(joined(sent).find("4111"), std::string::npos);
  EXPECT_NE(joined(sent).find("[CREDIT_CARD]"), std::string::npos);
}

TEST_F(AnswerGuard, LogprobsLeaveNoSoonerThanTheirTextAndNotBesideARedaction) {
  const auto token = [](std::string_view text, std::string_view finish = "null") {
    return fmt::format(R"({{"index":0,"delta":{{"content":"{0}"}},"logprobs":{{"content":[{{"token":"{0}","logprob":-1}}]}},"finish_reason":{1}}})",
                       text, finish);
  };
  OutputStreamGuard clean(guard());
  const auto spoken = joined(stream(clean, {token("The "), token("capital"), token(" is "), token("Bern.", "\"stop\"")}));
  for (const auto* word : {"The ", "capital", " is ", "Bern."}) {
    EXPECT_NE(spoken.find(fmt::format(R"("token":"{}")", word)), std::string::npos) << word << "\n" << spoken;
  }
  OutputStreamGuard leaking(guard());
  const auto redacted = joined(stream(leaking, {token("use 4111"), token(" 1111 11"), token("11 1111"), token(" now", "\"stop\"")}));
  EXPECT_EQ(redacted.find("4111"), std::string::npos) << redacted;
  EXPECT_EQ(redacted.find("11 1111"), std::string::npos) << redacted;
}

TEST_F(AnswerGuard, EveryTextOfARequestIsVisited) {
  auto body = parse(R"({"model":"m-a","user":"u-1","metadata":{"k":"v-1"},"tools":[{"type":"function","function":{"name":"f","description":"d-1",
    "parameters":{"properties":{"x":{"enum":["e-1"]}}}}}],"messages":[{"role":"user","name":"n-1","content":[{"type":"text","text":"t-1"},
    {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/?q=p-1"}},
    {"type":"native","dialect":"anthropic","value":{"deep":"x-1"}}]},{"role":"assistant","content":null,"reasoning_content":"r-1",
    "function_call":{"name":"g","arguments":"a-1"}}],"unknown":["w-1"]})");
  std::string seen;
  gateway::visit_request_texts(body, [&](json::string& text) { seen += std::string(text) + "|"; });
  for (const auto* text : {"u-1", "v-1", "d-1", "e-1", "n-1", "t-1", "p-1", "x-1", "r-1", "a-1", "w-1"}) {
    EXPECT_NE(seen.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(seen.find("m-a"), std::string::npos);
  EXPECT_EQ(seen.find("AAAA"), std::string::npos);
}

}  // namespace
}  // namespace millwright::test
