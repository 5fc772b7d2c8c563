#include "extensions/providers/openai_batches.hpp"

#include <gtest/gtest.h>

namespace millwright::extensions {
namespace {

using Phase = gateway::BatchProgress::Phase;

TEST(OpenAiBatches, SaysHowFarABatchIs) {
  const struct {
    std::string_view batch;
    Phase phase;
    std::vector<std::string> results;
  } cases[] = {
      {R"({"status":"validating"})", Phase::Running, {}},
      {R"({"status":"finalizing","output_file_id":"a"})", Phase::Running, {}},
      {R"({"status":"cancelling"})", Phase::Running, {}},
      {R"({"status":"completed","output_file_id":"a","error_file_id":null})", Phase::Ended, {"a"}},
      {R"({"status":"expired","output_file_id":"a","error_file_id":"b"})", Phase::Ended, {"a", "b"}},
      {R"({"status":"cancelled"})", Phase::Ended, {}},
      {R"({"status":"failed","errors":{"data":[{"message":"no"}]}})", Phase::Lost, {}},
  };
  for (const auto& test : cases) {
    const auto progress = read_openai_batch(json::parse(test.batch).as_object());
    EXPECT_EQ(progress.phase, test.phase) << test.batch;
    EXPECT_EQ(progress.results, test.results) << test.batch;
  }
}

TEST(OpenAiBatches, ReadsTheLinesThatAreThere) {
  std::vector<gateway::BatchItemResult> results;
  read_openai_batch_lines(
      R"({"custom_id":"line-1","response":{"status_code":200,"request_id":"r","body":{"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}},"error":null})"
      "\nnonsense\n"
      R"({"custom_id":"line-2","response":{"status_code":400,"body":{"error":{"message":"bad"}}},"error":null})"
      "\n"
      R"({"custom_id":"line-3","response":null,"error":{"code":"batch_expired"}})"
      "\n",
      "acme", results);
  ASSERT_EQ(results.size(), 3u);
  ASSERT_TRUE(results[0].result);
  EXPECT_EQ(results[0].result->usage->input, 3);
  EXPECT_EQ(results[0].result->provider_request, "r");
  ASSERT_FALSE(results[1].result);
  EXPECT_EQ(results[1].result.error().status, 400);
  EXPECT_FALSE(results[1].result.error().is_retryable);
  ASSERT_FALSE(results[2].result);
  EXPECT_TRUE(results[2].result.error().is_retryable);
}

}  // namespace
}  // namespace millwright::extensions
