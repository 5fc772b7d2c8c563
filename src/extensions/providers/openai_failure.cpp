#include "extensions/providers/openai_failure.hpp"

#include "base/text.hpp"
#include "extensions/providers/openai.hpp"

namespace millwright::extensions {

using gateway::ProviderFailure;

namespace {

/// What an upstream status means for the caller and for what may be tried next.
void classify(ProviderFailure& failure) {
  const auto status = failure.status;
  if (status == 429) {
    failure.error.code = ErrorCode::RateLimited;
    failure.is_retryable = failure.code != "insufficient_quota";
  } else if (status == 408 || status == 504) {
    failure.error.code = ErrorCode::Timeout;
    failure.is_retryable = true;
  } else if (status == 401 || status == 403) {
    failure.error.code = ErrorCode::UpstreamFailed;  // our credentials, not the caller's
    failure.error.fix = "An administrator must check the provider's key.";
  } else if (status == 404) {
    failure.error.code = ErrorCode::UpstreamFailed;  // a model id that the provider does not know
  } else if (status >= 400 && status < 500 && status != 409) {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  } else {
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.is_retryable = true;
  }
}

}  // namespace

ProviderFailure make_openai_failure(std::uint16_t status, std::string_view body, std::string_view provider) {
  ProviderFailure failure;
  failure.status = status;
  std::string message;
  auto parsed = parse_json(body);
  if (parsed && parsed->is_object()) {
    const auto* error = find_member(parsed->get_object(), "error");
    if (error != nullptr && error->is_object()) {
      message = string_member(error->get_object(), "message");
      failure.type = string_member(error->get_object(), "type");
      failure.code = string_member(error->get_object(), "code");
    } else if (error != nullptr && error->is_string()) {
      message = error->get_string();
    }
    failure.usage = read_openai_usage(parsed->get_object());
    failure.may_be_billed = failure.usage.has_value();
  }
  classify(failure);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, status, message.empty() ? "" : ": ",
                                      utf8_prefix(message, 500));
  return failure;
}

}  // namespace millwright::extensions
