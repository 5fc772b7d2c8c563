#include "features/gateway/failure_class.hpp"

#include <gtest/gtest.h>

#include "features/gateway/provider.hpp"

namespace millwright::gateway {
namespace {

struct Row {
  const char* name;
  std::uint16_t status;
  ErrorCode error;
  const char* code;
  const char* message;
  FailureClass expected;
};
class Classes : public testing::TestWithParam<Row> {};

ProviderFailure failure_of(const Row& row) {
  ProviderFailure failure;
  failure.status = row.status;
  failure.error.code = row.error;
  failure.error.message = row.message;
  failure.code = row.code;
  failure.may_fall_back = row.error != ErrorCode::InvalidInput;
  return failure;
}

TEST_P(Classes, FollowStatusCodeAndWords) {
  EXPECT_EQ(failure_class_name(class_of(failure_of(GetParam()))), failure_class_name(GetParam().expected));
}

using enum FailureClass;
INSTANTIATE_TEST_SUITE_P(
    Rows, Classes,
    testing::Values(
        Row{"rate", 429, ErrorCode::RateLimited, "rate_limit_exceeded", "", RateLimit},
        Row{"quota", 429, ErrorCode::RateLimited, "insufficient_quota", "", RateLimit},
        Row{"gateway_timeout", 504, ErrorCode::Timeout, "", "", Timeout},
        Row{"no_connection", 0, ErrorCode::Unavailable, "", "refused", ServerError},
        Row{"reset", 0, ErrorCode::UpstreamFailed, "", "reset", ServerError},
        Row{"overloaded", 529, ErrorCode::Unavailable, "overloaded_error", "", ServerError},
        Row{"openai_context", 400, ErrorCode::InvalidInput, "context_length_exceeded", "", ContextWindow},
        Row{"vllm_context", 400, ErrorCode::InvalidInput, "", "This model's maximum context length is 4096 tokens",
            ContextWindow},
        Row{"llamacpp_context", 400, ErrorCode::InvalidInput, "exceed_context_size_error", "", ContextWindow},
        Row{"anthropic_context", 400, ErrorCode::TooLarge, "invalid_request_error", "prompt is too long: 210000 tokens",
            ContextWindow},
        Row{"gemini_context", 400, ErrorCode::InvalidInput, "INVALID_ARGUMENT",
            "The input token count (9) exceeds the maximum", ContextWindow},
        Row{"azure_filter", 400, ErrorCode::InvalidInput, "content_filter", "", ContentFilter},
        Row{"openai_filter", 400, ErrorCode::InvalidInput, "content_policy_violation", "", ContentFilter},
        Row{"gemini_filter", 0, ErrorCode::UpstreamFailed, "SAFETY", "", ContentFilter},
        Row{"key", 401, ErrorCode::UpstreamFailed, "invalid_api_key", "", Auth},
        Row{"credit", 400, ErrorCode::UpstreamFailed, "invalid_request_error", "credit balance is too low", Auth},
        Row{"unknown_model", 404, ErrorCode::UpstreamFailed, "model_not_found", "", NotFound},
        Row{"wrong", 400, ErrorCode::InvalidInput, "", "temperature must be a number", BadRequest},
        Row{"gone", 0, ErrorCode::Cancelled, "", "", Cancelled}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Fallback, WithoutAListWhatAnotherModelMayNotHave) {
  const FallbackClasses classes;
  EXPECT_TRUE(classes.includes(failure_of({"", 500, ErrorCode::UpstreamFailed, "", "", ServerError})));
  EXPECT_TRUE(
      classes.includes(failure_of({"", 400, ErrorCode::InvalidInput, "context_length_exceeded", "", ContextWindow})));
  EXPECT_FALSE(classes.includes(failure_of({"", 400, ErrorCode::InvalidInput, "", "", BadRequest})));
  EXPECT_FALSE(classes.includes(failure_of({"", 400, ErrorCode::InvalidInput, "content_filter", "", ContentFilter})));
  EXPECT_FALSE(classes.includes(failure_of({"", 0, ErrorCode::Cancelled, "", "", Cancelled})));
}

TEST(Fallback, AListIsObeyed) {
  FallbackClasses classes;
  classes.add(RateLimit);
  classes.add(ContentFilter);
  EXPECT_TRUE(classes.includes(failure_of({"", 429, ErrorCode::RateLimited, "", "", RateLimit})));
  EXPECT_TRUE(classes.includes(failure_of({"", 400, ErrorCode::InvalidInput, "content_filter", "", ContentFilter})));
  EXPECT_FALSE(classes.includes(failure_of({"", 500, ErrorCode::UpstreamFailed, "", "", ServerError})));
  auto unsaid = failure_of({"", 0, ErrorCode::InvalidInput, "", "", Unsupported});
  unsaid.may_fall_back = true;
  EXPECT_TRUE(classes.includes(unsaid)) << "nothing was asked of anybody yet";
}

}  // namespace
}  // namespace millwright::gateway
