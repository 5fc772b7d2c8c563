#include "api/openai/responses_builder.hpp"

#include <random>

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace millwright::api::openai {
namespace {

ResponseFrame frame(bool shows_encrypted = false) {
  return {"resp_00", 1'763'900'000, "desk", {{"store", true}}, shows_encrypted};
}

constexpr std::int64_t ended = 1'763'900'007;

struct Told {
  json::array events;
  json::object response;
};

Told tell(const json::array& chunks, bool shows_encrypted = false) {
  Told told;
  ResponseBuilder builder(frame(shows_encrypted), [&told](std::string_view type, const json::object& event) {
    EXPECT_EQ(string_member(event, "type"), type);
    told.events.push_back(event);
  });
  builder.begin();
  for (const auto& chunk : chunks) builder.feed(chunk.as_object());
  builder.end(ended);
  builder.say_end();
  told.response = builder.shown_response();
  return told;
}

json::array chunks_of(const std::filesystem::path& file) {
  return parse_json(test::read_golden_case(file))->as_array();
}

/// Checks what holds for every stream: numbers, one id, parts inside items, deltas that add up to what is done.
void expect_well_told(const json::array& events) {
  std::map<std::string, std::string> written;  // by kind and place
  std::set<std::int64_t> open;                 // output indexes
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i].as_object();
    const std::string type(string_member(event, "type"));
    ASSERT_EQ(event.at("sequence_number").as_int64(), static_cast<std::int64_t>(i));
    if (const auto* response = find_member(event, "response")) {
      EXPECT_EQ(response->at("id"), "resp_00");
      EXPECT_TRUE(i < 2 || i + 1 == events.size()) << type;
      continue;
    }
    const auto output = event.at("output_index").to_number<std::int64_t>();
    if (type == "response.output_item.added") {
      EXPECT_TRUE(open.insert(output).second);
      continue;
    }
    EXPECT_TRUE(open.contains(output)) << type;
    if (type == "response.output_item.done") {
      open.erase(output);
      continue;
    }
    const auto* content = find_member(event, "content_index");
    const auto place = fmt::format("{}.{}", output, content == nullptr ? "" : json::serialize(*content));
    if (type.ends_with(".delta")) written[place] += std::string_view(event.at("delta").as_string());
    for (const char* name : {"text", "refusal", "arguments"}) {
      if (type.ends_with(".done") && event.contains(name)) {
        EXPECT_EQ(event.at(name).as_string(), written[place]) << type;
      }
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(ResponseBuilder, AnswersMatchTheirGoldenFiles) {
  for (const auto& file : test::golden_cases("responses/answers", ".json")) {
    ResponseBuilder builder(frame(true));
    builder.feed_whole(parse_json(test::read_golden_case(file))->as_object());
    builder.end(ended);
    test::expect_golden(file, "response", test::render_indented(builder.shown_response()));
  }
}

TEST(ResponseBuilder, StreamsMatchTheirGoldenFiles) {
  for (const auto& file : test::golden_cases("responses/streams", ".json")) {
    const auto told = tell(chunks_of(file));
    expect_well_told(told.events);
    EXPECT_EQ(told.events.back().at("response"), told.response);
    std::string lines;
    for (const auto& event : told.events) lines += json::serialize(event) + "\n";
    test::expect_golden(file, "events", lines);
  }
}

/// Cuts a text between code points.
std::vector<std::string> pieces_of(std::string_view text, std::mt19937& random) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    const bool is_start = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (is_start && !pieces.back().empty() && random() % 3 == 0) pieces.emplace_back();
    pieces.back() += c;
  }
  return pieces;
}

/// One whole answer as chunks, cut at random.
json::array cut_up(const json::object& completion, std::mt19937& random) {
  json::array chunks;
  const auto say = [&chunks](json::object delta) {
    chunks.push_back(json::object{{"choices", json::array{json::object{{"index", 0}, {"delta", std::move(delta)}}}}});
  };
  const auto& choice = completion.at("choices").at(0).as_object();
  const auto& message = choice.at("message").as_object();
  for (const char* name : {"reasoning_content", "content", "refusal"}) {
    if (const auto text = string_member(message, name); !text.empty()) {
      for (const auto& piece : pieces_of(text, random)) say({{name, piece}});
    }
    const auto* blocks = find_member(message, "thinking_blocks");
    if (std::string_view(name) == "reasoning_content" && blocks != nullptr) say({{"thinking_blocks", *blocks}});
  }
  if (const auto* annotations = find_member(message, "annotations")) say({{"annotations", *annotations}});
  if (const auto* calls = find_member(message, "tool_calls")) {
    for (std::size_t i = 0; i < calls->as_array().size(); ++i) {
      json::object head = calls->at(i).as_object();
      head["index"] = i;
      const std::string arguments(head["function"].at("arguments").as_string());
      head["function"].as_object()["arguments"] = "";
      say({{"tool_calls", json::array{head}}});
      for (const auto& piece : pieces_of(arguments, random)) {
        say({{"tool_calls",
              json::array{json::object{{"index", i}, {"function", json::object{{"arguments", piece}}}}}}});
      }
    }
  }
  json::object last = completion;
  last["choices"] =
      json::array{json::object{{"index", 0}, {"delta", json::object()}, {"finish_reason", choice.at("finish_reason")}}};
  chunks.push_back(std::move(last));
  return chunks;
}

TEST(ResponseBuilder, AStreamSaysWhatTheWholeAnswerSaysHoweverItIsCut) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  for (const auto& file : test::golden_cases("responses/answers", ".json")) {
    auto completion = parse_json(test::read_golden_case(file))->as_object();
    completion["choices"].at(0).as_object().erase("logprobs");
    ResponseBuilder whole(frame());
    whole.feed_whole(completion);
    whole.end(ended);
    for (int i = 0; i < 50; ++i) {
      const auto told = tell(cut_up(completion, random));
      expect_well_told(told.events);
      EXPECT_EQ(json::value(told.response), json::value(whole.shown_response())) << file;
    }
  }
}

TEST(ResponseBuilder, EncryptedReasoningIsShownWhenAskedForAndAlwaysKept) {
  const auto file = test::golden_cases("responses/answers", "thought_and_calls.json").front();
  ResponseBuilder builder(frame());
  builder.feed_whole(parse_json(test::read_golden_case(file))->as_object());
  builder.end(ended);
  EXPECT_FALSE(builder.shown_response()["output"].at(0).as_object().contains("encrypted_content"));
  EXPECT_TRUE(builder.response().at("output").at(0).as_object().contains("encrypted_content"));
}

TEST(ResponseBuilder, WhatFailsKeepsWhatWasSaidAndSaysSo) {
  json::array events;
  ResponseBuilder builder(frame(), [&events](std::string_view, const json::object& event) { events.push_back(event); });
  builder.begin();
  builder.feed(parse_json(R"({"choices":[{"index":0,"delta":{"content":"half"}}]})")->as_object());
  builder.end_failed({{"code", "server_error"}, {"message", "it broke"}});
  builder.say_end();
  expect_well_told(events);
  EXPECT_EQ(events.back().at("type"), "response.failed");
  const auto& response = events.back().at("response");
  EXPECT_EQ(response.at("error").at("message"), "it broke");
  EXPECT_EQ(response.at("output").at(0).at("status"), "incomplete");
  EXPECT_EQ(response.at("output").at(0).at("content").at(0).at("text"), "half");
}

TEST(ResponseBuilder, OneThatWaitsForItsTurnSaysSoAndIsCreatedOnce) {
  json::array events;
  ResponseBuilder builder(frame(), [&events](std::string_view, const json::object& event) { events.push_back(event); });
  builder.begin_queued();
  builder.begin();
  builder.end(ended);
  builder.say_end();
  std::vector<std::string> types, statuses;
  for (const auto& event : events) {
    if (!event.as_object().contains("response")) continue;
    types.emplace_back(event.at("type").as_string());
    statuses.emplace_back(event.at("response").at("status").as_string());
  }
  EXPECT_EQ(types, (std::vector<std::string>{"response.created", "response.queued", "response.in_progress",
                                             "response.completed"}));
  EXPECT_EQ(statuses, (std::vector<std::string>{"queued", "queued", "in_progress", "completed"}));
}

TEST(ResponseBuilder, OnlyWhatIsWholeHasATimeOfCompletion) {
  const auto completed_at = [](std::string_view finish_reason) {
    ResponseBuilder builder(frame());
    builder.feed(json::object{{"choices", json::array{json::object{{"finish_reason", finish_reason}}}}});
    builder.end(ended);
    return builder.response().at("completed_at");
  };
  EXPECT_EQ(completed_at("stop"), ended);
  EXPECT_TRUE(completed_at("length").is_null());
  EXPECT_TRUE(completed_at("content_filter").is_null());
  ResponseBuilder cancelled(frame());
  cancelled.end(ended);
  cancelled.mark_cancelled();
  EXPECT_TRUE(cancelled.response().at("completed_at").is_null());
}

TEST(ResponseBuilder, ACancelledOneEndsInAnEventThatClientsKnow) {
  std::string last;
  ResponseBuilder builder(frame(), [&last](std::string_view type, const json::object&) { last = type; });
  builder.begin();
  builder.end_cancelled();
  builder.say_end();
  EXPECT_EQ(last, "response.incomplete");
  EXPECT_EQ(builder.response().at("status"), "cancelled");
}

}  // namespace
}  // namespace millwright::api::openai
