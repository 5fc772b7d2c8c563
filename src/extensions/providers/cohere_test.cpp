#include "extensions/providers/cohere.hpp"

#include "extensions/providers/cohere_answer.hpp"
#include "extensions/providers/cohere_request.hpp"
#include "extensions/providers/dialect_fixture.hpp"

namespace millwright::extensions {
namespace {

TEST(CohereRequest, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("cohere/requests", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    test::expect_golden(file, "cohere", test::render_indented(request_json(encode_cohere_chat(*body, true))));
  }
}

TEST(CohereAnswer, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("cohere/answers", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    test::expect_golden(file, "chat", test::render_indented(result_json(read_cohere_answer(*body, test_frame()))));
  }
}

TEST(CohereStream, MatchesItsGoldenFilesHoweverItsBytesAreCut) {
  check_streams<CohereStream>("cohere/streams", ".sse");
}

TEST(CohereAnswer, GoesUpAgainAsItCame) {
  const auto* text = R"({"id":"c","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I look.",
      "tool_calls":[{"id":"l1","type":"function","function":{"name":"look","arguments":"{\"z\":1,\"a\":2}"}}]}})";
  auto answer = read_cohere_answer(*parse_json_object(text), test_frame());
  ASSERT_TRUE(answer);
  json::array messages;
  messages.push_back(answer->body.at("choices").at(0).at("message"));
  const auto request = encode_cohere_chat({{"model", "m"}, {"messages", std::move(messages)}}, false);
  ASSERT_TRUE(request);
  EXPECT_EQ(
      json::serialize(request->at("messages").at(0)),
      R"({"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"l1","type":"function","function":{"name":"look","arguments":"{\"z\":1,\"a\":2}"}}]})");
}

TEST(CohereEmbed, SplitsWhatOneCallDoesNotTake) {
  json::array input;
  for (int i = 0; i < 200; ++i) input.push_back(json::string(fmt::format("t{}", i)));
  const auto requests = encode_cohere_embed({{"model", "embed-v4.0"}, {"input", std::move(input)}, {"dimensions", 256}},
                                            "search_document");
  ASSERT_TRUE(requests);
  ASSERT_EQ(requests->size(), 3u);
  EXPECT_EQ((*requests)[0].at("texts").as_array().size(), 96u);
  EXPECT_EQ((*requests)[2].at("texts").as_array().size(), 8u);
  EXPECT_EQ((*requests)[2].at("texts").at(7), "t199");
  EXPECT_EQ((*requests)[1].at("input_type"), "search_document");
  EXPECT_EQ((*requests)[1].at("output_dimension"), 256);
}

TEST(CohereEmbed, TakesImagesAndTheCallersInputType) {
  const auto requests = encode_cohere_embed(
      *parse_json_object(
          R"({"model":"m","input_type":"search_query","input":["a",{"image":"data:image/png;base64,AA=="}]})"),
      "search_document");
  ASSERT_TRUE(requests);
  EXPECT_EQ(
      json::serialize(requests->front()),
      R"({"model":"m","input_type":"search_query","embedding_types":["float"],"inputs":[{"content":[{"type":"text","text":"a"}]},{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]})");
  for (const char* refused :
       {R"({"model":"m","input":[1,2]})", R"({"model":"m","input":"a","embedding_types":["int8"]})",
        R"({"model":"m","input":"a","encoding_format":"hex"})", R"({"model":"m","input":[{"x":1}]})"}) {
    EXPECT_FALSE(encode_cohere_embed(*parse_json_object(refused), "search_document")) << refused;
  }
}

TEST(CohereRerank, CountsSearchesAndGivesDocumentsBack) {
  const auto request = *parse_json_object(
      R"({"model":"rerank-v3.5","query":"q","documents":["a",{"text":"b","id":7},{"title":"c"}],"top_n":2,"return_documents":true})");
  const auto sent = encode_cohere_rerank(request);
  ASSERT_TRUE(sent);
  EXPECT_EQ(json::serialize(*sent),
            R"({"model":"rerank-v3.5","query":"q","top_n":2,"documents":["a","b","{\"title\":\"c\"}"]})");
  const auto answer = read_cohere_ranking(
      *parse_json_object(
          R"({"id":"r1","results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}],"meta":{"billed_units":{"search_units":1}}})"),
      request, test_frame());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->usage->tool_requests, 1);
  EXPECT_EQ(answer->usage->input, 0);
  EXPECT_EQ(
      json::serialize(answer->body.at("results")),
      R"([{"index":1,"relevance_score":9E-1,"document":{"text":"b","id":7}},{"index":0,"relevance_score":1E-1,"document":{"text":"a"}}])");
  EXPECT_FALSE(read_cohere_ranking(*parse_json_object(R"({"message":"no"})"), request, test_frame()));
}

TEST(CohereFailure, SaysWhatMayBeTriedNext) {
  EXPECT_EQ(failure_of_cohere(429, R"({"message":"slow down"})", "acme").error.code, ErrorCode::RateLimited);
  EXPECT_TRUE(failure_of_cohere(429, "", "acme").is_retryable);
  const auto blocked = failure_of_cohere(498, R"({"message":"invalid token"})", "acme");
  EXPECT_EQ(blocked.error.code, ErrorCode::UpstreamFailed);
  EXPECT_FALSE(blocked.is_retryable);
  EXPECT_TRUE(blocked.may_fall_back);
  EXPECT_TRUE(failure_of_cohere(499, "", "acme").is_retryable);
  EXPECT_FALSE(failure_of_cohere(422, R"({"message":"bad"})", "acme").may_fall_back);
}

}  // namespace
}  // namespace millwright::extensions
