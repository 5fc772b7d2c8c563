#include "extensions/providers/openai_stream.hpp"

#include <gmock/gmock.h>

#include "extensions/providers/openai_wire.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/rechunk.hpp"

namespace millwright::extensions {
namespace {

struct Outcome {
  std::vector<json::object> chunks;
  gateway::ProviderAnswer answer;
  bool is_finished = false;
  std::string failure;
};

/// Plays the bytes, cut wherever `next_size` says, through the parser of events and the stream.
Outcome play(std::string_view bytes, const test::NextSize& next_size) {
  Outcome outcome;
  OpenAiStream stream("azure");
  io::sse::Parser parser;
  io::sse::Event event;
  test::in_pieces(bytes, next_size, [&](std::string_view piece) {
    EXPECT_TRUE(parser.feed(piece));
    while (outcome.failure.empty() && parser.next(event)) {
      auto fed = stream.feed(event, outcome.chunks);
      if (!fed) outcome.failure = fed.error().error.message;
    }
    return outcome.failure.empty();
  });
  outcome.is_finished = stream.is_finished();
  outcome.answer = stream.answer();
  return outcome;
}

Outcome play(std::string_view bytes) {
  return play(bytes, [&] { return bytes.size(); });
}

std::string render(const Outcome& outcome) {
  std::string text;
  for (const auto& chunk : outcome.chunks) text += json::serialize(chunk) + "\n";
  text += fmt::format("model {} request {} tier {}\n", outcome.answer.provider_model, outcome.answer.provider_request,
                      outcome.answer.service_tier);
  if (const auto& usage = outcome.answer.usage) {
    text += fmt::format("usage: input {} cache_read {} output {} reasoning {}\n", usage->input, usage->cache_read,
                        usage->output, usage->reasoning);
  }
  if (!outcome.failure.empty()) text += "failure: " + outcome.failure + "\n";
  return text + (outcome.is_finished ? "finished\n" : "not finished\n");
}

TEST(OpenAiStream, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("azure/streams", ".sse")) {
    test::expect_golden(file, "chat", render(play(test::read_golden_case(file))));
  }
}

TEST(OpenAiStream, EveryCuttingOfTheBytesGivesTheSameChunks) {
  for (const auto& file : test::golden_cases("azure/streams", ".sse")) {
    test::expect_same_for_every_cutting(test::read_golden_case(file), file.string(),
                                        [](std::string_view bytes, const test::NextSize& next_size) {
                                          return render(play(bytes, next_size));
                                        });
  }
}

TEST(OpenAiStream, NothingGoesOutBeforeTheAnswerItself) {
  OpenAiStream stream("azure");
  std::vector<json::object> chunks;
  ASSERT_TRUE(stream.feed({"", R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})", ""}, chunks));
  ASSERT_TRUE(stream.feed({"", R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})", ""},
                          chunks));
  EXPECT_TRUE(chunks.empty());
  EXPECT_FALSE(stream.feed({"", R"({"error":{"message":"no capacity","code":"500"}})", ""}, chunks));
  EXPECT_TRUE(chunks.empty());
}

TEST(OpenAiStream, AServerThatOnlySaysNothingIsNotKeptForever) {
  OpenAiStream stream("azure");
  std::vector<json::object> chunks;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(stream.feed({"", R"({"id":"c1","choices":[]})", ""}, chunks));
  EXPECT_GT(chunks.size(), 100);
}

TEST(OpenAiStream, AnErrorThatIsNullIsNone) {
  OpenAiStream stream("azure");
  std::vector<json::object> chunks;
  EXPECT_TRUE(stream.feed({"", R"({"id":"c1","error":null,"choices":[{"index":0,"delta":{"content":"a"}}]})", ""}, chunks));
  EXPECT_EQ(chunks.size(), 1);
}

TEST(OpenAiFailure, AContentFilterIsAClassOfItsOwn) {
  const auto failure = failure_of_openai(
      400,
      R"({"error":{"message":"The response was filtered due to the prompt triggering the content management policy.",
      "type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation",
      "content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":true,"detected":true},
      "violence":{"filtered":true,"severity":"medium"}}}}})",
      "azure");
  EXPECT_EQ(failure.error.code, ErrorCode::PolicyRefused);
  EXPECT_EQ(failure.error.rule, "provider.content_filter");
  EXPECT_EQ(failure.code, "content_filter");
  EXPECT_FALSE(failure.is_retryable);
  EXPECT_FALSE(failure.may_fall_back);
  EXPECT_THAT(failure.error.message, testing::HasSubstr("jailbreak, violence"));
}

TEST(OpenAiFailure, AnOrdinaryMistakeIsNoContentFilter) {
  const auto failure = failure_of_openai(400, R"({"error":{"message":"bad","code":"invalid_value"}})", "azure");
  EXPECT_EQ(failure.error.code, ErrorCode::InvalidInput);
  EXPECT_TRUE(failure.error.rule.empty());
}

TEST(OpenAiFailure, AGatewayBeforeTheProviderIsUnderstood) {
  const auto failure =
      failure_of_openai(429, R"({"statusCode":429,"message":"Token limit is exceeded. Try again in 9 seconds."})", "azure");
  EXPECT_EQ(failure.error.code, ErrorCode::RateLimited);
  EXPECT_TRUE(failure.is_retryable);
  EXPECT_THAT(failure.error.message, testing::HasSubstr("Token limit"));
}

}  // namespace
}  // namespace millwright::extensions
