// Why a provider failed, in the words of a route: each class may or may not send a call on to the next model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millwright::gateway {

struct ProviderFailure;

enum class FailureClass : std::uint8_t {
  RateLimit,  // asked too often, or a quota is used up
  Timeout,
  ServerError,    // its own error, no connection, garbage
  ContextWindow,  // the prompt does not fit
  ContentFilter,  // the provider's own filter refused prompt or answer
  Auth,           // our key, account or credit
  NotFound,       // a model it does not know
  BadRequest,     // the request is wrong for this model
  Unsupported,    // known without asking it: its dialect cannot say this request
  Cancelled,      // the caller went away
};
[[nodiscard]] std::string_view failure_class_name(FailureClass failure);  // "rate_limit", "context_window", …
[[nodiscard]] std::optional<FailureClass> find_failure_class(std::string_view name);
/// Those a route may list in `fallback_on`.
[[nodiscard]] std::vector<std::string> fallback_class_names();

/// By status, code and message of the upstream error.
[[nodiscard]] FailureClass class_of(const ProviderFailure& failure);

/// Which classes send a call on. Without a list: those that another model may well not have, as the provider's kind
/// judges them, and a prompt that does not fit.
class FallbackClasses {
 public:
  void add(FailureClass failure) { bits_ = bits_.value_or(0) | 1u << static_cast<unsigned>(failure); }
  [[nodiscard]] bool is_stated() const { return bits_.has_value(); }
  [[nodiscard]] bool includes(const ProviderFailure& failure) const;

 private:
  std::optional<unsigned> bits_;
};

}  // namespace millwright::gateway
