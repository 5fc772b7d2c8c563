#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/bedrock_messages.hpp"

namespace millwright::extensions {
namespace {

using gateway::ProviderFailure;

/// The status an exception goes with, for those inside a stream, which have none of their own.
std::uint16_t status_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 18> types{{
      {"validationexception", 400},
      {"servicequotaexceededexception", 400},
      {"incompletesignature", 400},
      {"accessdeniedexception", 403},
      {"unrecognizedclientexception", 403},
      {"expiredtokenexception", 403},
      {"invalidsignatureexception", 403},
      {"missingauthenticationtokenexception", 403},
      {"resourcenotfoundexception", 404},
      {"modeltimeoutexception", 408},
      {"modelerrorexception", 424},
      {"modelstreamerrorexception", 424},
      {"throttlingexception", 429},
      {"toomanyrequestsexception", 429},
      {"modelnotreadyexception", 429},
      {"internalserverexception", 500},
      {"internalfailure", 500},
      {"serviceunavailableexception", 503},
  }};
  const auto* known = std::ranges::find(types, type, &std::pair<std::string_view, std::uint16_t>::first);
  return known == types.end() ? 502 : known->second;
}

bool holds_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

void blame_the_account(ProviderFailure& failure, std::string_view fix) {
  failure.error.code = ErrorCode::UpstreamFailed;  // our credentials or our model ids, not the caller's
  failure.error.fix = fix;
}

void classify_validation(ProviderFailure& failure, const std::string& message) {
  if (holds_any(message, {"too long", "too many input tokens", "input length", "maximum context", "context window",
                          "exceeds the maximum number of tokens", "input tokens exceed"})) {
    failure.error.code = ErrorCode::TooLarge;  // another model may take more
  } else if (holds_any(message, {"model identifier", "on-demand throughput", "inference profile", "end of its life",
                                 "legacy", "operation not allowed"})) {
    blame_the_account(failure, "An administrator must check the model's id and its region.");
  } else {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  }
}

/// `kind` is the exception's name in lower case.
void classify(ProviderFailure& failure, std::string_view kind, const std::string& message) {
  const auto status = failure.status;
  if (kind == "servicequotaexceededexception") {
    failure.error.code = ErrorCode::RateLimited;
    failure.error.fix = "An administrator may ask AWS for a higher quota.";
  } else if (kind == "modelnotreadyexception" || status == 503) {
    failure.error.code = ErrorCode::Unavailable;
    failure.is_retryable = true;
  } else if (status == 429) {
    failure.error.code = ErrorCode::RateLimited;
    failure.is_retryable = !holds_any(message, {"per day", "per month"});
  } else if (status == 408 || status == 504) {
    failure.error.code = ErrorCode::Timeout;
    failure.is_retryable = true;
  } else if (status == 401 || status == 403 || kind == "incompletesignature") {
    blame_the_account(failure, "An administrator must check the provider's credentials and what they allow.");
  } else if (status == 404) {
    blame_the_account(failure, "An administrator must check the model's id and its region.");
  } else if (status == 413) {
    failure.error.code = ErrorCode::TooLarge;
  } else if (status == 400) {
    classify_validation(failure, message);
  } else if (status == 424 || status == 409 || status >= 500) {
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.is_retryable = true;
  } else {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  }
}

/// "com.amazon.coral.service#ThrottlingException:http://…" and "throttlingException" alike.
std::string_view bare_name(std::string_view type) {
  type = type.substr(0, type.find(':'));
  if (const auto hash = type.rfind('#'); hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return type;
}

}  // namespace

ProviderFailure make_bedrock_failure(std::uint16_t status, std::string_view type, std::string_view body,
                                     std::string_view provider) {
  ProviderFailure failure;
  const auto parsed = parse_json_object(body);
  std::string message;
  if (parsed) {
    for (const char* name : {"message", "Message", "originalMessage"}) {
      if (message.empty()) message = string_member(*parsed, name);
    }
    for (const char* name : {"__type", "code"}) {
      if (type.empty()) type = string_member(*parsed, name);
    }
  }
  failure.type = failure.code = bare_name(type);
  const auto kind = to_lower_ascii(failure.type);
  failure.status = status != 0 ? status : status_of(kind);
  classify(failure, kind, to_lower_ascii(message));
  failure.error.message = fmt::format("the provider {} answered {}{}{}{}{}", provider, failure.status,
                                      failure.type.empty() ? "" : " ", utf8_prefix(failure.type, 80),
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

std::optional<Timestamp> find_aws_time(std::string_view message) {
  constexpr std::size_t size = 16;  // "20261124T001500Z"
  const auto open = message.find('(');
  if (open == std::string_view::npos || message.size() < open + 1 + size) return std::nullopt;
  const auto text = message.substr(open + 1, size);
  const auto time = parse_time(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                           text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
  return time ? std::optional(*time) : std::nullopt;
}

bool is_clock_skew(const ProviderFailure& failure) {
  if (failure.status != 403 && failure.status != 400) return false;
  const auto kind = to_lower_ascii(failure.type);
  if (kind == "requesttimetooskewed" || kind == "requestexpired") return true;
  const auto message = to_lower_ascii(failure.error.message);
  return kind == "invalidsignatureexception" && holds_any(message, {"signature expired", "signature not yet current"});
}

bool is_ended_token(const ProviderFailure& failure) {
  if (failure.status != 403 && failure.status != 401) return false;
  const auto kind = to_lower_ascii(failure.type);
  return kind.starts_with("expiredtoken") || kind == "unrecognizedclientexception" ||
         kind == "invalidclienttokenid" ||
         holds_any(to_lower_ascii(failure.error.message), {"security token included in the request is expired"});
}

}  // namespace millwright::extensions
