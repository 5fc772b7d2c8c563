#include "extensions/providers/anthropic_stream.hpp"

#include <gmock/gmock.h>

#include "extensions/providers/anthropic_messages.hpp"
#include "tests/support/chat_deltas.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/rechunk.hpp"

namespace millwright::extensions {
namespace {

constexpr std::int64_t created = 1'763'900'000;

struct Outcome {
  std::vector<json::object> chunks;
  bool is_finished = false, is_estimated = false;
  std::optional<finops::TokenCounts> usage;
  std::string failure;
  std::uint16_t status = 0;
};

/// Plays the bytes, cut wherever `next_size` says, through the parser of events and the stream.
Outcome play(std::string_view bytes, const test::NextSize& next_size) {
  Outcome outcome;
  AnthropicStream stream("claude", created);
  io::sse::Parser parser;
  io::sse::Event event;
  test::in_pieces(bytes, next_size, [&](std::string_view piece) {
    EXPECT_TRUE(parser.feed(piece));
    while (outcome.failure.empty() && parser.next(event)) {
      auto fed = stream.feed(event, outcome.chunks);
      if (fed) continue;
      outcome.failure = fed.error().error.message;
      outcome.status = fed.error().status;
    }
    return outcome.failure.empty();
  });
  outcome.is_finished = stream.is_finished();
  outcome.is_estimated = stream.is_usage_estimated();
  outcome.usage = stream.usage();
  return outcome;
}

Outcome play(std::string_view bytes) {
  return play(bytes, [&] { return bytes.size(); });
}

std::string render(const Outcome& outcome) {
  std::string text;
  for (const auto& chunk : outcome.chunks) text += json::serialize(chunk) + "\n";
  if (outcome.usage) {
    const auto& usage = *outcome.usage;
    text += fmt::format("{}usage: input {} cache_read {} cache_write {} 1h {} output {} reasoning {}\n",
                        outcome.is_estimated ? "estimated " : "", usage.input, usage.cache_read, usage.cache_write,
                        usage.cache_write_1h,
                        usage.output, usage.reasoning);
  }
  if (!outcome.failure.empty()) text += fmt::format("failure {}: {}\n", outcome.status, outcome.failure);
  return text + (outcome.is_finished ? "finished\n" : "not finished\n");
}

TEST(AnthropicStream, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("anthropic/streams", ".sse")) {
    test::expect_golden(file, "chat", render(play(test::read_golden_case(file))));
  }
}

TEST(AnthropicStream, EveryCuttingOfTheBytesGivesTheSameChunks) {
  for (const auto& file : test::golden_cases("anthropic/streams", ".sse")) {
    test::expect_same_for_every_cutting(test::read_golden_case(file), file.string(),
                                        [](std::string_view bytes, const test::NextSize& next_size) {
                                          return render(play(bytes, next_size));
                                        });
  }
}

TEST(AnthropicStream, AStreamSaysWhatTheWholeAnswerSays) {
  const std::string_view message = R"({"id":"msg_01","type":"message","role":"assistant","model":"m","content":[
    {"type":"thinking","thinking":"Step one","signature":"EqoB/+="},{"type":"redacted_thinking","data":"EmwK"},
    {"type":"text","text":"Größe: "},
    {"type":"text","text":"Bern","citations":[{"type":"web_search_result_location","url":"https://e.org","title":"t"}]},
    {"type":"tool_use","id":"toolu_01","name":"lookup","input":{"city":"Bern"}},
    {"type":"tool_use","id":"toolu_02","name":"now","input":{}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":5}})";
  const auto whole = decode_anthropic_answer(*parse_json_object(message), created);
  std::string bytes;
  const auto say = [&bytes](std::string_view data) { io::sse::append_event(bytes, {}, data); };
  say(R"({"type":"message_start","message":{"id":"msg_01","model":"m","usage":{"input_tokens":10,"output_tokens":1}}})");
  say(R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})");
  say(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Step one"}})");
  say(R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqoB/+="}})");
  say(R"({"type":"content_block_stop","index":0})");
  say(R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwK"}})");
  say(R"({"type":"content_block_stop","index":1})");
  say(R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})");
  say(R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Größe: "}})");
  say(R"({"type":"content_block_stop","index":2})");
  say(R"({"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}})");
  say(R"({"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://e.org","title":"t"}}})");
  say(R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Bern"}})");
  say(R"({"type":"content_block_stop","index":3})");
  say(R"({"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_01","name":"lookup","input":{}}})");
  say(R"({"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}})");
  say(R"({"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}})");
  say(R"({"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"\"Bern\"}"}})");
  say(R"({"type":"content_block_stop","index":4})");
  say(R"({"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"toolu_02","name":"now","input":{}}})");
  say(R"({"type":"content_block_stop","index":5})");
  say(R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":5}})");
  say(R"({"type":"message_stop"})");
  const auto outcome = play(bytes);
  ASSERT_TRUE(outcome.is_finished);
  EXPECT_EQ(json::value(test::assemble(outcome.chunks)), whole.at("choices").at(0).at("message"));
  EXPECT_EQ(outcome.chunks.back().at("usage"), whole.at("usage"));
  const auto& ending = outcome.chunks.at(outcome.chunks.size() - 2).at("choices").at(0);
  EXPECT_EQ(ending.at("finish_reason"), whole.at("choices").at(0).at("finish_reason"));
}

TEST(AnthropicStream, EventsThatMakeNoSenseAreFailuresAndNeverAnEnd) {
  const std::string_view begun =
      R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
  const std::string_view no_block =
      R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"x"}})";
  for (const auto& events : std::vector<std::vector<std::string_view>>{
           {"not json"},
           {"[1]"},
           {no_block},
           {begun, begun},
           {R"({"type":"content_block_stop","index":0})"},
           {R"({"type":"content_block_start","index":0})"},
           {begun, R"({"type":"content_block_delta","index":0})"},
       }) {
    std::string bytes;
    for (const auto event : events) io::sse::append_event(bytes, {}, event);
    const auto outcome = play(bytes);
    EXPECT_FALSE(outcome.failure.empty()) << bytes;
    EXPECT_FALSE(outcome.is_finished) << bytes;
    EXPECT_EQ(outcome.status, 502) << bytes;
  }
}

TEST(AnthropicStream, TheEventNameCountsWhereTheDataNamesNone) {
  std::string bytes;
  io::sse::append_event(bytes, "error", R"({"error":{"type":"rate_limit_error","message":"slow"}})");
  EXPECT_EQ(play(bytes).status, 429);
}

TEST(AnthropicStream, WhatWaitsForTheEndOfItsBlockIsBounded) {
  AnthropicStream stream("claude", created);
  std::vector<json::object> chunks;
  const io::sse::Event begin{"", R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking"}})", ""};
  ASSERT_TRUE(stream.feed(begin, chunks));
  const json::object delta{{"type", "signature_delta"}, {"signature", std::string(4u << 20, 'x')}};
  const io::sse::Event more{
      "", json::serialize(json::object{{"type", "content_block_delta"}, {"index", 0}, {"delta", delta}}), ""};
  int fed = 0;
  while (fed < 20 && stream.feed(more, chunks)) ++fed;
  EXPECT_LT(fed, 20);
}

}  // namespace
}  // namespace millwright::extensions
