#include <random>

#include <gtest/gtest.h>

#include "extensions/providers/gemini_failure.hpp"
#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_schema.hpp"
#include "extensions/providers/gemini_stream.hpp"
#include "extensions/providers/vertex.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {
namespace {

GeminiFrame frame() { return {"acme", "gemini-2.5-flash", "req1", 1'763'900'000, 1}; }

json::object counts_json(const finops::TokenCounts& tokens) {
  return {{"input", tokens.input},
          {"cache_read", tokens.cache_read},
          {"output", tokens.output},
          {"reasoning", tokens.reasoning}};
}

json::object failure_json(const gateway::ProviderFailure& failure) {
  json::object out{{"code", meaning(failure.error.code).name},
                   {"message", failure.error.message},
                   {"status", failure.status},
                   {"is_retryable", failure.is_retryable},
                   {"may_fall_back", failure.may_fall_back},
                   {"may_be_billed", failure.may_be_billed}};
  if (failure.error.retry_after) out["retry_after_ms"] = failure.error.retry_after->count();
  if (failure.usage) out["meters"] = counts_json(*failure.usage);
  return {{"failure", std::move(out)}};
}

TEST(GeminiRequest, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("gemini/requests", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    const auto request = render_gemini_request(*body);
    json::object refused;
    if (!request) refused = {{"refused", request.error().where.field}, {"message", request.error().message}};
    test::expect_golden(file, "gemini", test::render_indented(request ? *request : refused));
  }
}

TEST(GeminiAnswer, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("gemini/answers", ".json")) {
    auto body = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(body) << file;
    const auto answer = read_gemini_answer(*body, frame());
    json::object shown = answer ? json::object{{"answer", answer->body}} : failure_json(answer.error());
    if (answer && answer->usage) shown["meters"] = counts_json(*answer->usage);
    test::expect_golden(file, "chat", test::render_indented(shown));
  }
}

/// Everything a stream gives, read in pieces of the sizes that `next_size` names.
json::object read_in_pieces(std::string_view bytes, const std::function<std::size_t()>& next_size) {
  GeminiStream stream(frame());
  json::array chunks;
  json::object out;
  bool has_failed = false;
  const auto take = [&](GeminiStep step) {
    for (auto& chunk : step.chunks) chunks.push_back(std::move(chunk));
    if (!step.failure) return;
    out = failure_json(*step.failure);
    has_failed = true;
  };
  while (!bytes.empty() && !has_failed) {
    const auto size = std::min(next_size(), bytes.size());
    take(stream.feed(bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
  if (!has_failed) take(stream.end());
  out["chunks"] = std::move(chunks);
  if (stream.answer().usage()) out["meters"] = counts_json(*stream.answer().usage());
  return out;
}

TEST(GeminiStream, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("gemini/streams", ".sse")) {
    const auto bytes = test::read_golden_case(file);
    test::expect_golden(file, "chat", test::render_indented(read_in_pieces(bytes, [&] { return bytes.size(); })));
  }
}

TEST(GeminiStream, GivesTheSameChunksHoweverItsBytesAreCut) {
  const auto seed = std::random_device()();
  std::mt19937_64 random(seed);
  for (const auto& file : test::golden_cases("gemini/streams", ".sse")) {
    const auto bytes = test::read_golden_case(file);
    const auto whole = read_in_pieces(bytes, [&] { return bytes.size(); });
    EXPECT_EQ(whole, read_in_pieces(bytes, [] { return std::size_t{1}; })) << file;
    for (int i = 0; i < 50; ++i) {
      const auto most = 1 + random() % 200;
      EXPECT_EQ(whole, read_in_pieces(bytes, [&] { return 1 + random() % most; })) << file << " seed " << seed;
    }
  }
}

TEST(GeminiStream, IsFinishedOnlyByItsOwnTerminalEvent) {
  GeminiStream stream(frame());
  (void)stream.feed("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n");
  EXPECT_FALSE(stream.answer().is_complete());
  (void)stream.feed("data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n");
  EXPECT_TRUE(stream.answer().is_complete());
  EXPECT_FALSE(stream.end().failure);
}

TEST(GeminiStream, AnErrorInPlaceOfAnAnswerIsNotBilled) {
  const std::string error = "data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\n\n";
  const auto first = GeminiStream(frame()).feed(error);
  ASSERT_TRUE(first.failure);
  EXPECT_FALSE(first.failure->may_be_billed);
  GeminiStream stream(frame());
  (void)stream.feed("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n");
  const auto later = stream.feed(error);
  ASSERT_TRUE(later.failure);
  EXPECT_TRUE(later.failure->may_be_billed);
}

TEST(GeminiStream, WaitsForEveryChoiceThatWasAskedFor) {
  auto wanted = frame();
  wanted.choices = 2;
  GeminiStream stream(wanted);
  (void)stream.feed(
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}\n\n");
  EXPECT_FALSE(stream.answer().is_complete());
  EXPECT_TRUE(stream.answer().is_ended());
}

TEST(GeminiThoughtSignature, ComesBackByteForByte) {
  const auto* text = R"({"responseId":"r","candidates":[{"finishReason":"STOP","content":{"parts":[
      {"text":"ok"},{"functionCall":{"id":"g1","name":"f","args":{"z":1,"a":2}},"thoughtSignature":"AbC+/=="}]}}]})";
  auto answer = read_gemini_answer(*parse_json_object(text), frame());
  ASSERT_TRUE(answer);
  json::array messages;
  messages.push_back(json::object{{"role", "user"}, {"content", "x"}});
  messages.push_back(answer->body.at("choices").at(0).at("message"));
  const auto request = render_gemini_request({{"messages", std::move(messages)}});
  ASSERT_TRUE(request) << request.error().message;
  const auto& parts = request->at("contents").at(1).at("parts");
  EXPECT_EQ(
      json::serialize(parts),
      R"([{"text":"ok"},{"functionCall":{"id":"g1","name":"f","args":{"z":1,"a":2}},"thoughtSignature":"AbC+/=="}])");
}

TEST(GeminiFailure, SaysWhatMayBeTriedNext) {
  struct Case {
    std::uint16_t status;
    std::string_view body;
    ErrorCode code;
    bool is_retryable, may_fall_back;
    std::optional<std::int64_t> retry_after_ms;
  };
  const std::array cases{
      Case{400,
           R"({"error":{"code":400,"status":"INVALID_ARGUMENT","message":"bad"}})",
           ErrorCode::InvalidInput,
           false,
           false,
           {}},
      Case{
          400,
          R"({"error":{"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
             "reason":"API_KEY_INVALID"}]}})",
          ErrorCode::UpstreamFailed,
          false,
          true,
          {}},
      Case{400,
           R"({"error":{"status":"FAILED_PRECONDITION","message":"User location is not supported"}})",
           ErrorCode::UpstreamFailed,
           false,
           true,
           {}},
      Case{403, R"({"error":{"status":"PERMISSION_DENIED"}})", ErrorCode::UpstreamFailed, false, true, {}},
      Case{404, "", ErrorCode::UpstreamFailed, false, true, {}},
      Case{
          429,
          R"([{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo",
             "retryDelay":"34.074824224s"}]}}])",
          ErrorCode::RateLimited, true, true, 34'075},
      Case{429,
           R"({"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{"seconds":3}}]}})",
           ErrorCode::RateLimited, true, true, 3'000},
      Case{
          429,
          R"({"error":{"details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure",
             "violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}})",
          ErrorCode::RateLimited, false, true, 7'000},
      Case{500, "<html>", ErrorCode::UpstreamFailed, true, true, 7'000},
      Case{503, R"({"error":{"status":"UNAVAILABLE"}})", ErrorCode::UpstreamFailed, true, true, 7'000},
      Case{504, R"({"error":{"status":"DEADLINE_EXCEEDED"}})", ErrorCode::Timeout, true, true, 7'000},
  };
  for (const auto& each : cases) {
    io::http::Headers headers;
    if (each.retry_after_ms == 7'000) headers.add("Retry-After", "7");
    const auto failure = failure_of_google(each.status, each.body, headers, "acme");
    EXPECT_EQ(failure.error.code, each.code) << each.body;
    EXPECT_EQ(failure.is_retryable, each.is_retryable) << each.body;
    EXPECT_EQ(failure.may_fall_back, each.may_fall_back) << each.body;
    const auto wait = failure.error.retry_after ? std::optional(failure.error.retry_after->count()) : std::nullopt;
    EXPECT_EQ(wait, each.retry_after_ms) << each.body;
  }
}

TEST(GeminiSchema, IsBounded) {
  // Each definition names the next one twice: unfolded they would be 2^40 schemas.
  json::object definitions;
  for (int i = 0; i < 40; ++i) {
    const json::object next{{"$ref", fmt::format("#/$defs/d{}", i + 1)}};
    definitions[fmt::format("d{}", i)] =
        json::object{{"type", "object"}, {"properties", json::object{{"a", next}, {"b", next}}}};
  }
  definitions["d40"] = json::object{{"type", "string"}};
  json::object schema{{"$ref", "#/$defs/d0"}, {"$defs", std::move(definitions)}};
  EXPECT_FALSE(clean_gemini_schema(schema).is_exact);
}

TEST(GeminiModelPath, EncodesWhatHasNoPlaceInAPath) {
  EXPECT_EQ(gemini_model_path("gemini-2.5-pro"), "models/gemini-2.5-pro");
  EXPECT_EQ(gemini_model_path("tunedModels/mine"), "tunedModels/mine");
  EXPECT_EQ(gemini_model_path("a?b#c d"), "models/a%3Fb%23c%20d");
  EXPECT_EQ(vertex_model_path("p", "eu", "gemini-2.5-pro"),
            "/projects/p/locations/eu/publishers/google/models/gemini-2.5-pro");
  EXPECT_EQ(vertex_model_path("p", "eu", "endpoints/12"), "/projects/p/locations/eu/endpoints/12");
  EXPECT_EQ(vertex_model_path("p", "eu", "projects/q/locations/us/endpoints/1"),
            "/projects/q/locations/us/endpoints/1");
  EXPECT_EQ(vertex_host("europe-west4"), "europe-west4-aiplatform.googleapis.com");
  EXPECT_EQ(vertex_host("global"), "aiplatform.googleapis.com");
  EXPECT_EQ(vertex_host("eu"), "aiplatform.eu.rep.googleapis.com");
}

}  // namespace
}  // namespace millwright::extensions
