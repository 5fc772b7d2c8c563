#include "features/gateway/failure_class.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::gateway {
namespace {

constexpr std::array<std::string_view, 10> names{"rate_limit",     "timeout",  "server_error", "context_window",
                                                 "content_filter", "auth",     "not_found",    "bad_request",
                                                 "unsupported",    "cancelled"};
constexpr std::size_t listable = 8;

constexpr std::array context_codes{"context_length_exceeded", "exceed_context_size_error", "request_too_large",
                                   "string_above_max_length"};
/// As OpenAI, vLLM, llama.cpp, Anthropic, Gemini, Bedrock, Cohere and Mistral say it; lower case.
constexpr std::array context_phrases{"maximum context length",
                                     "context length exceeded",
                                     "context window",
                                     "exceeds the available context size",
                                     "prompt is too long",
                                     "input is too long",
                                     "too many tokens",
                                     "exceeds the maximum number of tokens",
                                     "input token count",
                                     "too large for model with",
                                     "longer than the maximum model length"};
constexpr std::array filter_codes{
    "content_filter", "content_policy_violation", "responsibleaipolicyviolation", "prompt_blocked",
    "safety",         "prohibited_content"};
constexpr std::array filter_phrases{"content management policy", "content filtering policy", "content policy",
                                    "safety system", "blocked by the provider"};

template <class List>
bool holds_any(std::string_view text, const List& phrases) {
  return std::ranges::any_of(phrases, [text](std::string_view phrase) { return text.find(phrase) != text.npos; });
}
template <class List>
bool is_any(std::string_view text, const List& codes) {
  return std::ranges::any_of(codes, [text](std::string_view code) { return text == code; });
}

/// What the words of a refused request say; its status alone does not tell.
std::optional<FailureClass> class_by_words(const ProviderFailure& failure) {
  const auto code = to_lower_ascii(failure.code), type = to_lower_ascii(failure.type);
  if (is_any(code, context_codes) || is_any(type, context_codes)) return FailureClass::ContextWindow;
  if (is_any(code, filter_codes) || is_any(type, filter_codes)) return FailureClass::ContentFilter;
  if (code == "insufficient_quota") return FailureClass::RateLimit;
  if (failure.status != 400 && failure.status != 413 && failure.status != 422) return std::nullopt;
  const auto message = to_lower_ascii(failure.error.message);
  if (holds_any(message, context_phrases)) return FailureClass::ContextWindow;
  if (holds_any(message, filter_phrases)) return FailureClass::ContentFilter;
  return std::nullopt;
}

}  // namespace

std::string_view failure_class_name(FailureClass failure) { return names[static_cast<std::size_t>(failure)]; }

std::optional<FailureClass> find_failure_class(std::string_view name) {
  const auto* found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<FailureClass>(found - names.begin());
}

std::vector<std::string> fallback_class_names() { return {names.begin(), names.begin() + listable}; }

FailureClass class_of(const ProviderFailure& failure) {
  using enum FailureClass;
  const auto code = failure.error.code;
  if (code == ErrorCode::Cancelled) return Cancelled;
  if (const auto said = class_by_words(failure)) return *said;
  if (failure.status == 429 || code == ErrorCode::RateLimited) return RateLimit;
  if (code == ErrorCode::Timeout) return Timeout;
  if (code == ErrorCode::TooLarge) return ContextWindow;
  if (failure.status == 401 || failure.status == 402 || failure.status == 403) return Auth;
  if (failure.status == 404) return NotFound;
  if (code == ErrorCode::InvalidInput) return failure.status == 0 && failure.may_fall_back ? Unsupported : BadRequest;
  // A kind that lays a 400 on our account and not on the request says so by its code.
  if (failure.status >= 400 && failure.status < 500 && failure.status != 409) return Auth;
  return ServerError;
}

bool FallbackClasses::includes(const ProviderFailure& failure) const {
  const auto known = class_of(failure);
  if (known == FailureClass::Cancelled) return false;
  if (!bits_) return failure.may_fall_back || known == FailureClass::ContextWindow;
  return known == FailureClass::Unsupported || (*bits_ >> static_cast<unsigned>(known) & 1u) != 0;
}

}  // namespace millwright::gateway
