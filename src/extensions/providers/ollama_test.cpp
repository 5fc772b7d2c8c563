#include "extensions/providers/ollama.hpp"

#include "extensions/providers/dialect_fixture.hpp"
#include "extensions/providers/ollama_answer.hpp"
#include "extensions/providers/ollama_request.hpp"

namespace millwright::extensions {
namespace {

TEST(OllamaRequest, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("ollama/requests", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    test::expect_golden(file, "ollama", test::render_indented(request_json(encode_ollama_chat(*body, false, {}))));
  }
}

TEST(OllamaRequest, TakesWhatTheConfigurationSaysWhereTheCallerSaysNothing) {
  const OllamaDefaults defaults{"10m", 32'768};
  const auto plain = *parse_json_object(R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
  const auto made = encode_ollama_chat(plain, true, defaults);
  ASSERT_TRUE(made);
  EXPECT_EQ(
      json::serialize(*made),
      R"({"model":"m","messages":[{"role":"user","content":"x"}],"options":{"num_ctx":32768},"keep_alive":"10m","stream":true})");
}

TEST(OllamaAnswer, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("ollama/answers", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    test::expect_golden(file, "chat", test::render_indented(result_json(read_ollama_answer(*body, test_frame()))));
  }
}

TEST(OllamaStream, MatchesItsGoldenFilesHoweverItsBytesAreCut) {
  check_streams<OllamaStream>("ollama/streams", ".ndjson");
}

TEST(OllamaEmbeddings, AreOpenAisInBothFormats) {
  const auto request = encode_ollama_embed(
      *parse_json_object(R"({"model":"e","input":["a",{"text":"b"}],"dimensions":2,"encoding_format":"base64"})"), {});
  ASSERT_TRUE(request);
  EXPECT_EQ(json::serialize(*request), R"({"model":"e","input":["a","b"],"dimensions":2})");
  EXPECT_FALSE(encode_ollama_embed(*parse_json_object(R"({"model":"e","input":[1,2]})"), {}));
  const auto body = *parse_json_object(R"({"model":"e:1","embeddings":[[0.5,-2],[1,0]],"prompt_eval_count":6})");
  const auto numbers = read_ollama_embeddings(body, test_frame(), false);
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->body.at("data").at(1).at("embedding"), (json::array{1, 0}));
  EXPECT_EQ(numbers->usage->input, 6);
  const auto coded = read_ollama_embeddings(body, test_frame(), true);
  EXPECT_EQ(coded->body.at("data").at(0).at("embedding"), "AAAAPwAAAMA=");
  EXPECT_FALSE(read_ollama_embeddings(*parse_json_object(R"({"error":"no such model"})"), test_frame(), false));
}

TEST(OllamaFailure, SaysWhatMayBeTriedNext) {
  const auto missing = failure_of_ollama(404, R"({"error":"model 'x' not found"})", "acme");
  EXPECT_EQ(missing.error.code, ErrorCode::UpstreamFailed);
  EXPECT_TRUE(missing.may_fall_back);
  EXPECT_EQ(missing.error.message, "the provider acme answered 404: model 'x' not found");
  EXPECT_FALSE(failure_of_ollama(400, R"({"error":"does not support thinking"})", "acme").may_fall_back);
  EXPECT_TRUE(failure_of_ollama(503, "busy", "acme").is_retryable);
}

}  // namespace
}  // namespace millwright::extensions
