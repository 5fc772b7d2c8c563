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
  } else if (status == 401 || status == 402 || status == 403) {
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

/// What FastAPI says of a body it does not take: "body.messages.0.name: Extra inputs are not permitted".
std::string validation_of(const json::value& detail) {
  if (detail.is_string()) return std::string(detail.get_string());
  if (!detail.is_array() || detail.get_array().empty() || !detail.get_array().front().is_object()) return {};
  const auto& first = detail.get_array().front().get_object();
  std::string place;
  if (const auto* path = find_member(first, "loc"); path != nullptr && path->is_array()) {
    for (const auto& step : path->get_array()) {
      if (!place.empty()) place += '.';
      place += step.is_string() ? std::string(step.get_string()) : json::serialize(step);
    }
  }
  return fmt::format("{}{}{}", place, place.empty() ? "" : ": ", string_member(first, "msg"));
}

/// An error without an `error` object: Mistral's and vLLM's {object: "error", message, type, code}, FastAPI's {detail}.
std::string read_flat_error(const json::object& whole, ProviderFailure& failure) {
  failure.type = string_member(whole, "type");
  if (failure.type.empty()) failure.type = string_member(whole, "error_type");
  failure.code = string_member(whole, "code");
  const auto* message = find_member(whole, "message");
  if (message != nullptr && message->is_string()) return std::string(message->get_string());
  const auto* detail = message != nullptr && message->is_object() ? find_member(message->get_object(), "detail")
                                                                  : find_member(whole, "detail");
  return detail != nullptr ? validation_of(*detail) : std::string();
}

/// A status that an error under 200 names itself: {"error": {"code": 429}} of OpenRouter and llama.cpp.
std::uint16_t own_status_of(const json::object& error, std::uint16_t status) {
  const auto* code = find_member(error, "code");
  const bool is_status =
      status == 502 && code != nullptr && code->is_int64() && code->get_int64() >= 400 && code->get_int64() < 600;
  return is_status ? static_cast<std::uint16_t>(code->get_int64()) : status;
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
    failure.status = own_status_of(*object, status);
  } else if (whole != nullptr) {
    message = read_flat_error(*whole, failure);  // gateways before a provider write {message} too
    if (error != nullptr && error->is_string()) message = error->get_string();
    if (failure.status == 502) failure.status = own_status_of(*whole, status);
  }
  if (whole != nullptr) failure.usage = read_openai_usage(*whole);
  failure.may_be_billed = failure.usage.has_value();
  classify(failure);
  if (object != nullptr) note_content_filter(*object, failure, message);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, failure.status,
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

}  // namespace millwright::extensions
