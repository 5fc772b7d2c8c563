#include "extensions/providers/bedrock_stream.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "tests/support/chat_deltas.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/rechunk.hpp"

namespace millwright::extensions {
namespace {

const BedrockFrame frame{"chatcmpl-1", "anthropic.claude-x-v1:0", 1'763'900'000};

/// One line a message: "event TYPE PAYLOAD", "exception TYPE PAYLOAD" or "error CODE MESSAGE".
std::string bytes_of(std::string_view lines) {
  std::string bytes;
  for (const auto line : split(lines, '\n')) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos) continue;
    const auto second = line.find(' ', first + 1);
    const auto kind = line.substr(0, first);
    const std::string type(line.substr(first + 1, second - first - 1));
    const std::string rest(second == std::string_view::npos ? std::string_view() : line.substr(second + 1));
    if (kind == "error") {
      bytes += make_aws_event({{":message-type", "error"}, {":error-code", type}, {":error-message", rest}}, "");
    } else {
      bytes += make_aws_event({{kind == "event" ? ":event-type" : ":exception-type", type},
                               {":content-type", "application/json"},
                               {":message-type", std::string(kind)}},
                              rest);
    }
  }
  return bytes;
}

struct Outcome {
  std::vector<json::object> chunks;
  bool is_finished = false;
  std::optional<finops::TokenCounts> usage;
  std::string failure, tier;
  std::uint16_t status = 0;
};

/// Plays the bytes, cut wherever `next_size` says, and ends the connection behind them.
Outcome play(std::string_view bytes, const test::NextSize& next_size) {
  Outcome outcome;
  BedrockStream stream("aws", frame);
  AwsEventParser parser;
  AwsEvent event;
  test::in_pieces(bytes, next_size, [&](std::string_view piece) {
    parser.feed(piece);
    while (outcome.failure.empty()) {
      const auto is_one = parser.next(event);
      if (!is_one) outcome.failure = is_one.error().message;
      if (!is_one || !*is_one) break;
      auto fed = stream.feed(event, outcome.chunks);
      if (fed) continue;
      outcome.failure = fed.error().error.message;
      outcome.status = fed.error().status;
    }
    return outcome.failure.empty();
  });
  if (outcome.failure.empty()) stream.end(outcome.chunks);
  outcome.is_finished = stream.is_finished();
  outcome.usage = stream.usage();
  outcome.tier = stream.service_tier();
  return outcome;
}

Outcome play(std::string_view bytes) {
  return play(bytes, [&] { return bytes.size(); });
}

std::string render(const Outcome& outcome) {
  std::string text;
  for (const auto& chunk : outcome.chunks) text += json::serialize(chunk) + "\n";
  if (const auto& usage = outcome.usage) {
    text += fmt::format("usage: input {} cache_read {} cache_write {} 1h {} output {}\n", usage->input,
                        usage->cache_read, usage->cache_write, usage->cache_write_1h, usage->output);
  }
  if (!outcome.tier.empty()) text += "tier " + outcome.tier + "\n";
  if (!outcome.failure.empty()) text += fmt::format("failure {}: {}\n", outcome.status, outcome.failure);
  return text + (outcome.is_finished ? "finished\n" : "not finished\n");
}

TEST(BedrockStream, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("bedrock/streams", ".events")) {
    test::expect_golden(file, "chat", render(play(bytes_of(test::read_golden_case(file)))));
  }
}

TEST(BedrockStream, EveryCuttingOfTheBytesGivesTheSameChunks) {
  for (const auto& file : test::golden_cases("bedrock/streams", ".events")) {
    test::expect_same_for_every_cutting(bytes_of(test::read_golden_case(file)), file.string(),
                                        [](std::string_view bytes, const test::NextSize& next_size) {
                                          return render(play(bytes, next_size));
                                        });
  }
}

TEST(BedrockStream, AStreamSaysWhatTheWholeAnswerSays) {
  const auto whole = decode_bedrock_answer(*parse_json_object(R"({"output":{"message":{"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"Step one","signature":"EqoB/+="}}},
    {"reasoningContent":{"redactedContent":"EmwK"}},
    {"text":"Größe: "},
    {"citationsContent":{"content":[{"text":"Bern"}],"citations":[{"title":"t","location":{"web":{"url":"https://e.org"}}}]}},
    {"toolUse":{"toolUseId":"tooluse_1","name":"lookup","input":{"city":"Bern"}}},
    {"toolUse":{"toolUseId":"srv_1","name":"search","type":"server_tool_use","input":{"q":1}}},
    {"toolResult":{"toolUseId":"srv_1","type":"x","content":[{"text":"found"}]}},
    {"image":{"format":"png","source":{"bytes":"AAEC"}}},
    {"toolUse":{"toolUseId":"tooluse_2","name":"now","input":{}}}]}},
    "stopReason":"tool_use","usage":{"inputTokens":10,"outputTokens":5},"metrics":{"latencyMs":7}})"),
                                           frame);
  const auto outcome = play(bytes_of(R"(event messageStart {"role":"assistant","p":"abc"}
event contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Step "}}}
event contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"one"}}}
event contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqoB/+="}}}
event contentBlockStop {"contentBlockIndex":0}
event contentBlockDelta {"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"EmwK"}}}
event contentBlockStop {"contentBlockIndex":1}
event contentBlockDelta {"contentBlockIndex":2,"delta":{"text":"Größe: "}}
event contentBlockStop {"contentBlockIndex":2}
event contentBlockDelta {"contentBlockIndex":3,"delta":{"text":"Bern"}}
event contentBlockDelta {"contentBlockIndex":3,"delta":{"citation":{"title":"t","location":{"web":{"url":"https://e.org"}}}}}
event contentBlockStop {"contentBlockIndex":3}
event contentBlockStart {"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"lookup"}}}
event contentBlockDelta {"contentBlockIndex":4,"delta":{"toolUse":{"input":""}}}
event contentBlockDelta {"contentBlockIndex":4,"delta":{"toolUse":{"input":"{\"city\":"}}}
event contentBlockDelta {"contentBlockIndex":4,"delta":{"toolUse":{"input":"\"Bern\"}"}}}
event contentBlockStop {"contentBlockIndex":4}
event contentBlockStart {"contentBlockIndex":5,"start":{"toolUse":{"toolUseId":"srv_1","name":"search","type":"server_tool_use"}}}
event contentBlockDelta {"contentBlockIndex":5,"delta":{"toolUse":{"input":"{\"q\":1}"}}}
event contentBlockStop {"contentBlockIndex":5}
event contentBlockStart {"contentBlockIndex":6,"start":{"toolResult":{"toolUseId":"srv_1","type":"x"}}}
event contentBlockDelta {"contentBlockIndex":6,"delta":{"toolResult":[{"text":"found"}]}}
event contentBlockStop {"contentBlockIndex":6}
event contentBlockStart {"contentBlockIndex":7,"start":{"image":{"format":"png"}}}
event contentBlockDelta {"contentBlockIndex":7,"delta":{"image":{"source":{"bytes":"AA=="}}}}
event contentBlockDelta {"contentBlockIndex":7,"delta":{"image":{"source":{"bytes":"AQI="}}}}
event contentBlockStop {"contentBlockIndex":7}
event contentBlockStart {"contentBlockIndex":8,"start":{"toolUse":{"toolUseId":"tooluse_2","name":"now"}}}
event contentBlockStop {"contentBlockIndex":8}
event messageStop {"stopReason":"tool_use"}
event metadata {"usage":{"inputTokens":10,"outputTokens":5},"metrics":{"latencyMs":7}}
)"));
  ASSERT_TRUE(outcome.is_finished) << outcome.failure;
  EXPECT_EQ(json::value(test::assemble(outcome.chunks)), whole.at("choices").at(0).at("message"));
  EXPECT_EQ(outcome.chunks.back().at("usage"), whole.at("usage"));
  const auto& ending = outcome.chunks.at(outcome.chunks.size() - 2).at("choices").at(0);
  for (const char* name : {"finish_reason", "native_finish_reason", "extra_content"}) {
    EXPECT_EQ(ending.at(name), whole.at("choices").at(0).at(name)) << name;
  }
}

TEST(BedrockStream, AToolCallIsNumberedByItsOrderAndNotByItsBlock) {
  const auto outcome = play(bytes_of(R"(event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"x"}}
event contentBlockStart {"contentBlockIndex":7,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}
event contentBlockStart {"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"b","name":"g"}}}
event contentBlockDelta {"contentBlockIndex":3,"delta":{"toolUse":{"input":"{}"}}}
event contentBlockDelta {"contentBlockIndex":7,"delta":{"toolUse":{"input":"{\"k\":1}"}}}
event messageStop {"stopReason":"tool_use"}
event metadata {"usage":{"inputTokens":1,"outputTokens":1}}
)"));
  const auto message = test::assemble(outcome.chunks);
  EXPECT_EQ(message.at("tool_calls").at(0).at("id"), "a");
  EXPECT_EQ(message.at("tool_calls").at(0).at("function").at("arguments"), R"({"k":1})");
  EXPECT_EQ(message.at("tool_calls").at(1).at("id"), "b");
}

TEST(BedrockStream, NothingGoesOutBeforeTheAnswerItself) {
  const auto outcome = play(bytes_of("event messageStart {\"role\":\"assistant\"}\n"
                                     "exception throttlingException {\"message\":\"slow\"}\n"));
  EXPECT_TRUE(outcome.chunks.empty());
  EXPECT_EQ(outcome.status, 429);
  EXPECT_FALSE(outcome.is_finished);
}

TEST(BedrockStream, IsFinishedByItsMetadataOrByTheEndBehindItsStop) {
  constexpr std::string_view said = "event contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"x\"}}\n";
  EXPECT_FALSE(play(bytes_of(said)).is_finished);
  const auto stopped = play(bytes_of(std::string(said) + "event messageStop {\"stopReason\":\"end_turn\"}\n"));
  EXPECT_TRUE(stopped.is_finished);
  EXPECT_FALSE(stopped.usage);
  EXPECT_EQ(stopped.chunks.back().at("choices").at(0).at("finish_reason"), "stop");
}

TEST(BedrockStream, EventsThatMakeNoSenseAreFailuresAndNeverAnEnd) {
  for (const std::string_view lines :
       {"event contentBlockDelta not json", "event contentBlockDelta {\"contentBlockIndex\":0}",
        "event contentBlockStart {\"contentBlockIndex\":0}\nevent contentBlockStart {\"contentBlockIndex\":0}",
        "event messageStop {}\nevent contentBlockDelta {\"delta\":{\"text\":\"x\"}}",
        "event messageStop {}\nevent contentBlockStart {\"contentBlockIndex\":1}"}) {
    const auto outcome = play(bytes_of(lines));
    EXPECT_EQ(outcome.status, 502) << lines;
    EXPECT_FALSE(outcome.is_finished) << lines;
  }
}

TEST(BedrockStream, WhatWaitsForTheEndOfItsBlockIsBounded) {
  BedrockStream stream("aws", frame);
  std::vector<json::object> chunks;
  AwsEvent event;
  event.headers = {{":message-type", "event"}, {":event-type", "contentBlockDelta"}};
  event.payload = json::serialize(json::object{
      {"delta", json::object{{"reasoningContent", json::object{{"signature", std::string(4u << 20, 'x')}}}}}});
  int fed = 0;
  while (fed < 20 && stream.feed(event, chunks)) ++fed;
  EXPECT_LT(fed, 20);
}

TEST(BedrockStream, EventsThatThisBuildDoesNotKnowGiveNothing) {
  const auto outcome = play(bytes_of("event initial-response {}\nevent somethingNew {\"a\":1}\n"
                                     "event contentBlockStop {\"contentBlockIndex\":4}\n"));
  EXPECT_TRUE(outcome.chunks.empty());
  EXPECT_TRUE(outcome.failure.empty());
}

}  // namespace
}  // namespace millwright::extensions
