#include "api/openai/completions_wire.hpp"

#include <gtest/gtest.h>

namespace millwright::api::openai {
namespace {

json::object object_of(std::string_view text) { return parse_json(text)->as_object(); }

TEST(CompletionsWire, APromptIsOneMessageAndUnknownFieldsTravel) {
  const auto request = parse_completions_request(object_of(
      R"({"model":"m","prompt":["a","b"],"n":2,"stop":["X"],"max_tokens":5,"echo":true,"best_of":2,"suffix":"",
          "seed":7,"user":null})"));
  ASSERT_TRUE(request) << describe(request.error());
  EXPECT_EQ(
      json::value(chat_of(*request, 1)),
      *parse_json(
          R"({"n":2,"max_tokens":5,"stop":["X"],"seed":7,"model":"m","messages":[{"role":"user","content":"b"}]})"));
}

TEST(CompletionsWire, ChoicesAreNumberedAcrossPrompts) {
  const auto request = parse_completions_request(object_of(R"({"model":"m","prompt":["a","b"],"n":2,"echo":true})"));
  ASSERT_TRUE(request);
  CompletionChoices reader(*request, 1);
  const auto first =
      reader.read(object_of(R"({"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":null}]})"));
  EXPECT_EQ(first.at(0).at("index"), 3);
  EXPECT_EQ(first.at(0).at("text"), "bx");
  const auto second = reader.read(object_of(R"({"choices":[{"index":1,"delta":{"content":"y"}}]})"));
  EXPECT_EQ(second.at(0).at("text"), "y");
  EXPECT_TRUE(reader.read(object_of(R"({"choices":[{"index":1,"delta":{"role":"assistant","content":""}}]})")).empty());
  const auto last = reader.read(object_of(R"({"choices":[{"index":0,"delta":{},"finish_reason":"length"}]})"));
  EXPECT_EQ(last.at(0).at("text"), "b");
  EXPECT_EQ(last.at(0).at("finish_reason"), "length");
}

TEST(CompletionsWire, UsageAddsUp) {
  json::object sum;
  const auto one = object_of(R"({"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":1}})");
  add_usage(sum, one);
  add_usage(sum, one);
  EXPECT_EQ(json::value(sum), *parse_json(R"({"prompt_tokens":6,"prompt_tokens_details":{"cached_tokens":2}})"));
}

TEST(CompletionsWire, WhatIsWrongNamesTheField) {
  for (const auto& [more, field] :
       std::initializer_list<std::pair<const char*, const char*>>{{R"({"prompt":7})", "prompt"},
                                                                  {R"({"prompt":[[1]]})", "prompt[0]"},
                                                                  {R"({"prompt":["a",1]})", "prompt[1]"},
                                                                  {R"({"suffix":"x"})", "suffix"},
                                                                  {R"({"logprobs":1})", "logprobs"},
                                                                  {R"({"best_of":2})", "best_of"},
                                                                  {R"({"n":0})", "n"},
                                                                  {R"({"echo":1})", "echo"},
                                                                  {R"({"stream":1})", "stream"},
                                                                  {R"({"stream_options":{}})", "stream_options"},
                                                                  {R"({"model":""})", "model"}}) {
    json::object body{{"model", "m"}, {"prompt", "p"}};
    for (auto& member : object_of(more)) body[member.key()] = member.value();
    const auto request = parse_completions_request(std::move(body));
    ASSERT_FALSE(request) << more;
    EXPECT_EQ(request.error().where.field, field);
  }
}

}  // namespace
}  // namespace millwright::api::openai
