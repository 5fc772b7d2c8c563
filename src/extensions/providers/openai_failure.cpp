#include <vector>

#include "base/text.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_wire.hpp"

namespace millwright::extensions {
namespace {

using gateway::ProviderFailure;

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

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

/// The categories by which a content filter refused: "violence, jailbreak".
std::string filtered_by(const json::object& inner) {
  std::vector<std::string> names;
  for (const char* list : {"content_filter_result", "content_filter_results"}) {
    const auto* verdicts = object_member(inner, list);
    if (verdicts == nullptr) continue;
    for (const auto& verdict : *verdicts) {
      const auto* filtered = verdict.value().is_object() ? find_member(verdict.value().get_object(), "filtered") : nullptr;
      if (filtered != nullptr && *filtered == true) names.emplace_back(utf8_prefix(verdict.key(), 40));
    }
  }
  return join(names, ", ");
}

/// A content filter has refused the prompt: another attempt meets it again, and another model is no way around it.
void note_content_filter(const json::object& error, ProviderFailure& failure, std::string& message) {
  const auto* inner = object_member(error, "innererror");
  const auto inner_code = inner != nullptr ? string_member(*inner, "code") : std::string_view();
  if (failure.code != "content_filter" && inner_code != "ResponsibleAIPolicyViolation") return;
  failure.code = "content_filter";
  failure.error.code = ErrorCode::PolicyRefused;
  failure.error.rule = "provider.content_filter";
  failure.error.fix = "Change the prompt, or the content filter of the provider's deployment.";
  failure.is_retryable = failure.may_fall_back = false;
  const auto names = inner != nullptr ? filtered_by(*inner) : std::string();
  if (!names.empty()) message = fmt::format("its content filter refused the prompt ({})", names);
}

}  // namespace

ProviderFailure failure_of_openai(std::uint16_t status, std::string_view body, std::string_view provider) {
  ProviderFailure failure;
  failure.status = status;
  std::string message;
  const auto parsed = parse_json(body);
  const auto* whole = parsed && parsed->is_object() ? &parsed->get_object() : nullptr;
  const auto* error = whole != nullptr ? find_member(*whole, "error") : nullptr;
  const auto* object = error != nullptr && error->is_object() ? &error->get_object() : nullptr;
  if (object != nullptr) {
    message = string_member(*object, "message");
    failure.type = string_member(*object, "type");
    failure.code = string_member(*object, "code");
  } else if (error != nullptr && error->is_string()) {
    message = error->get_string();
  } else if (whole != nullptr) {
    message = string_member(*whole, "message");  // as gateways before a provider write it
  }
  if (whole != nullptr) failure.usage = read_openai_usage(*whole);
  failure.may_be_billed = failure.usage.has_value();
  classify(failure);
  if (object != nullptr) note_content_filter(*object, failure, message);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, status, message.empty() ? "" : ": ",
                                      utf8_prefix(message, 500));
  return failure;
}

}  // namespace millwright::extensions
