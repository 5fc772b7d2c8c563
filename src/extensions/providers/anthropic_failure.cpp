#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {
namespace {

using gateway::ProviderFailure;

/// The status an error type goes with, for errors inside a stream, which have none of their own.
std::uint16_t status_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 10> types{{
      {"invalid_request_error", 400},
      {"authentication_error", 401},
      {"billing_error", 402},
      {"permission_error", 403},
      {"not_found_error", 404},
      {"request_too_large", 413},
      {"rate_limit_error", 429},
      {"api_error", 500},
      {"timeout_error", 504},
      {"overloaded_error", 529},
  }};
  const auto* known = std::ranges::find(types, type, &std::pair<std::string_view, std::uint16_t>::first);
  return known == types.end() ? 502 : known->second;
}

void blame_the_account(ProviderFailure& failure) {
  failure.error.code = ErrorCode::UpstreamFailed;  // our credentials or our credit, not the caller's
  failure.error.fix = "An administrator must check the provider's key and its account.";
}

void classify(ProviderFailure& failure, std::string_view message) {
  const auto status = failure.status;
  if (status == 429) {
    failure.error.code = ErrorCode::RateLimited;
    failure.is_retryable = true;
  } else if (status == 529 || status == 503) {
    failure.error.code = ErrorCode::Unavailable;
    failure.is_retryable = true;
  } else if (status == 408 || status == 504) {
    failure.error.code = ErrorCode::Timeout;
    failure.is_retryable = true;
  } else if (status == 401 || status == 402 || status == 403 ||
             message.find("credit balance is too low") != std::string_view::npos) {
    blame_the_account(failure);  // a missing credit comes as 400 invalid_request_error
  } else if (status == 404) {
    failure.error.code = ErrorCode::UpstreamFailed;  // a model id that the provider does not know
  } else if (status == 413 || message.starts_with("prompt is too long")) {
    failure.error.code = ErrorCode::TooLarge;  // another model may take more
  } else if (status >= 400 && status < 500 && status != 409) {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  } else {
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.is_retryable = true;
  }
}

}  // namespace

ProviderFailure make_anthropic_failure(std::uint16_t status, std::string_view body, std::string_view provider) {
  ProviderFailure failure;
  failure.status = status;
  std::string message;
  auto parsed = parse_json_object(body);
  const auto* error = parsed ? find_member(*parsed, "error") : nullptr;
  if (error != nullptr && error->is_object()) {
    message = string_member(error->get_object(), "message");
    failure.type = string_member(error->get_object(), "type");
    failure.code = failure.type;
  } else if (error != nullptr && error->is_string()) {
    message = error->get_string();
  }
  if (failure.status == 0) failure.status = status_of(failure.type);
  classify(failure, message);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, failure.status,
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

}  // namespace millwright::extensions
