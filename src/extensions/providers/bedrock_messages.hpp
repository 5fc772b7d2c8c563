// Amazon Bedrock's Converse to and from the canonical chat: pure functions, no waiting.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// What a provider's configuration lays down for every request.
struct BedrockRules {
  AnthropicReasoning reasoning = AnthropicReasoning::Budget;   // of Anthropic's models
  std::string guardrail, guardrail_version;                    // put before every call; empty: the caller's, if any
  std::string s3_prefix;                       // below which requests may name objects in S3; empty: nowhere
};

/// A Converse request from a canonical chat; the model stands in the path, not in here. Members of Converse itself
/// (guardrailConfig, requestMetadata, performanceConfig, …) travel as they are, others that nobody knows go to the model
/// in additionalModelRequestFields; null members do not travel. What Converse has no place for and what would change the
/// answer's meaning when it were left out is InvalidInput that names the field; hints (penalties, seed, logprobs …) are
/// left out.
[[nodiscard]] Result<json::object> encode_bedrock_request(const json::object& body, std::string_view model_id,
                                                          const BedrockRules& rules);

/// What stands around an answer, which Converse does not say.
struct BedrockFrame {
  std::string id, model;
  std::int64_t created = 0;  // in seconds since 1970
};
/// A chat.completion from a whole Converse answer.
[[nodiscard]] json::object decode_bedrock_answer(const json::object& answer, const BedrockFrame& frame);

/// OpenAI's finish_reason for a stopReason; "stop" for one that this build does not know.
[[nodiscard]] std::string_view bedrock_finish_reason(std::string_view stop_reason);
/// How the answer ended, and in extra_content.bedrock what only Bedrock says of it: metrics, the guardrail's trace, the
/// model's own fields. `ending` holds stopReason, `about` the rest.
void put_bedrock_ending(json::object& choice, const json::object& ending, const json::object& about);
/// The tier that served it, in the words of prices: latency-optimized inference has prices of its own. Empty: unsaid.
[[nodiscard]] std::string bedrock_service_tier(const json::object& about);
/// The model that a prompt router chose; empty when none did.
[[nodiscard]] std::string bedrock_invoked_model(const json::object& about);

/// A citation of a citationsContent block that spans [start, end) of the answer, in code points.
[[nodiscard]] json::object make_bedrock_annotation(const json::object& citation, std::int64_t start, std::int64_t end);
/// A toolUse as a tool call without its index.
[[nodiscard]] json::object make_bedrock_call(const json::object& use);
/// An image of the answer as a part of type image_url.
[[nodiscard]] json::object make_bedrock_image(std::string_view format, std::string_view base64);
/// A block only this dialect has, at its place in the answer's text, in code points.
[[nodiscard]] json::object make_bedrock_native(json::object block, std::int64_t start);

/// Disjoint meters of a `usage`; inputTokens count neither what was read from the cache nor what was written to it.
/// Nothing when the object says nothing.
[[nodiscard]] std::optional<finops::TokenCounts> read_bedrock_usage(const json::object& usage);
/// The same in OpenAI's words: prompt_tokens include cached ones. Members nobody knows travel along.
[[nodiscard]] json::object render_bedrock_usage(const json::object& usage);

/// A failure from an error answer or from an exception in a stream. `type` is the exception's name as a header or the
/// event says it, in any of AWS's spellings; empty: the body says it. Status 0 means that there was none and the type
/// decides.
[[nodiscard]] gateway::ProviderFailure make_bedrock_failure(std::uint16_t status, std::string_view type,
                                                            std::string_view body, std::string_view provider);
/// Whether AWS refused the request because its clock and ours differ.
[[nodiscard]] bool is_clock_skew(const gateway::ProviderFailure& failure);
/// AWS no longer takes the credentials it was signed with.
[[nodiscard]] bool is_ended_token(const gateway::ProviderFailure& failure);
/// What time it is at AWS, as such a refusal says in brackets: "… (20261124T001500Z - 5 min.)". Nothing when it does not.
[[nodiscard]] std::optional<Timestamp> find_aws_time(std::string_view message);

}  // namespace millwright::extensions
