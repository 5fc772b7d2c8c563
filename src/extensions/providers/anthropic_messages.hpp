// Anthropic's Messages API to and from the canonical chat: pure functions, no waiting.
// Source: https://platform.claude.com/docs/en/api/messages, version 2023-06-01.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// What a caller's `reasoning_effort` becomes: a budget of thinking tokens, for models that take one; or the model's
/// own choice with an effort, for those that take none.
enum class AnthropicReasoning : std::uint8_t { Budget, Adaptive };

/// A Messages request from a canonical chat. `max_tokens` is never raised: money is reserved for it, so thinking has to
/// fit below it or is not asked for. What the API has no place for and what would change the answer's meaning when it
/// were left out is InvalidInput that names the field; hints (penalties, seed, logprobs …) are left out. Members nobody
/// knows travel along; null members do not.
[[nodiscard]] Result<json::object> encode_anthropic_request(const json::object& body, bool is_streamed,
                                                            AnthropicReasoning reasoning);

/// A chat.completion from a whole Messages answer; `created` in seconds since 1970, which the API does not tell.
[[nodiscard]] json::object decode_anthropic_answer(const json::object& message, std::int64_t created);

/// OpenAI's finish_reason for a stop_reason; "stop" for one that this build does not know.
[[nodiscard]] std::string_view finish_reason_of(std::string_view stop_reason);
/// How the answer ended: finish_reason, native_finish_reason, matched_stop, stop_details. `ending` holds stop_reason
/// and what belongs to it: a message, or the delta of a message_delta.
void put_anthropic_ending(json::object& choice, const json::object& ending);

/// An annotation from a citation of a text block that spans [start, end) of the answer, in code points.
[[nodiscard]] json::object make_anthropic_annotation(const json::object& citation, std::int64_t start,
                                                     std::int64_t end);
/// A tool_use block as a tool call without its index; arguments as the text of `input`.
[[nodiscard]] json::object make_anthropic_call(const json::object& block);
/// A block only this dialect has, at its place in the answer's text, in code points.
[[nodiscard]] json::object make_anthropic_native(json::object block, std::int64_t start);
[[nodiscard]] std::int64_t count_code_points(std::string_view text);

/// Disjoint meters of a `usage`; input_tokens count neither what was read from the cache nor what was written to it.
/// Nothing when the object says nothing.
[[nodiscard]] std::optional<finops::TokenCounts> read_anthropic_usage(const json::object& usage);
/// The same in OpenAI's words: prompt_tokens include cached ones. Members nobody knows travel along.
[[nodiscard]] json::object render_anthropic_usage(const json::object& usage);

/// A failure from an error answer or an error event: `body` is {type: "error", error: {type, message}} or anything
/// else. Status 0 means that there was none and the type decides.
[[nodiscard]] gateway::ProviderFailure make_anthropic_failure(std::uint16_t status, std::string_view body,
                                                              std::string_view provider);

}  // namespace millwright::extensions
