#include "extensions/providers/gemini_failure.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

std::optional<Duration> seconds_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0 && number < 1e7)) return std::nullopt;
  return Duration(static_cast<std::int64_t>(number * 1000 + 0.999));  // never earlier than asked
}

/// google.protobuf.Duration: "34.07s", or {"seconds", "nanos"}.
std::optional<Duration> duration_of(const json::value& value) {
  if (value.is_string() && value.get_string().ends_with("s")) {
    return seconds_of(std::string_view(value.get_string()).substr(0, value.get_string().size() - 1));
  }
  if (!value.is_object()) return std::nullopt;
  const auto* seconds = find_member(value.get_object(), "seconds");
  if (seconds == nullptr) return std::nullopt;
  if (seconds->is_string()) return seconds_of(seconds->get_string());
  const bool is_sane = seconds->is_int64() && seconds->get_int64() >= 0 && seconds->get_int64() < 10'000'000;
  return is_sane ? std::optional(Duration(seconds->get_int64() * 1000)) : std::nullopt;
}

struct Details {
  std::optional<Duration> retry_after;
  std::string reason;
  bool is_daily = false;  // the quota comes back tomorrow, not in a minute
};

void read_quota(const json::object& detail, Details& details) {
  const auto* violations = find_member(detail, "violations");
  if (violations == nullptr || !violations->is_array()) return;
  for (const auto& violation : violations->get_array()) {
    if (!violation.is_object()) continue;
    if (string_member(violation.get_object(), "quotaId").find("PerDay") != std::string_view::npos)
      details.is_daily = true;
  }
}

Details read_details(const json::object& error) {
  Details details;
  const auto* list = find_member(error, "details");
  if (list == nullptr || !list->is_array()) return details;
  for (const auto& item : list->get_array()) {
    if (!item.is_object()) continue;
    const auto& detail = item.get_object();
    const auto type = string_member(detail, "@type");
    const auto* delay = find_member(detail, "retryDelay");
    if (type.ends_with("google.rpc.RetryInfo") && delay != nullptr)
      details.retry_after = duration_of(*delay);
    else if (type.ends_with("google.rpc.ErrorInfo"))
      details.reason = string_member(detail, "reason");
    else if (type.ends_with("google.rpc.QuotaFailure"))
      read_quota(detail, details);
  }
  return details;
}

/// What a status means for the caller and for what may be tried next.
void classify(gateway::ProviderFailure& failure, bool is_daily_quota) {
  const auto status = failure.status;
  const bool is_key_refused = failure.code.starts_with("API_KEY_") || status == 401 || status == 403;
  if (is_key_refused) {
    failure.error.code = ErrorCode::UpstreamFailed;  // our credentials, not the caller's
    failure.error.fix = "An administrator must check the provider's credentials.";
  } else if (status == 429) {
    failure.error.code = ErrorCode::RateLimited;
    failure.is_retryable = !is_daily_quota;
  } else if (status == 408 || status == 504) {
    failure.error.code = ErrorCode::Timeout;
    failure.is_retryable = true;
  } else if (status == 404 || failure.type == "FAILED_PRECONDITION") {
    failure.error.code = ErrorCode::UpstreamFailed;  // an unknown model; a project or a region that may not
  } else if (status >= 400 && status < 500 && status != 409 && status != 499) {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  } else {
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.is_retryable = true;
  }
}

}  // namespace

const json::value* find_google_error(const json::value& body) {
  if (body.is_object()) return find_member(body.get_object(), "error");
  if (!body.is_array() || body.get_array().size() != 1 || !body.get_array()[0].is_object()) return nullptr;
  return find_member(body.get_array()[0].get_object(), "error");
}

gateway::ProviderFailure failure_of_google(std::uint16_t status, std::string_view body,
                                           const io::http::Headers& headers, std::string_view provider) {
  gateway::ProviderFailure failure;
  failure.status = status;
  std::string message;
  Details details;
  auto parsed = parse_json(body);
  const auto* error = parsed ? find_google_error(*parsed) : nullptr;
  if (error != nullptr && error->is_object()) {
    const auto& object = error->get_object();
    details = read_details(object);
    message = string_member(object, "message");
    failure.type = string_member(object, "status");
    failure.code = details.reason;
    const auto* number = find_member(object, "code");
    const bool has_status =
        number != nullptr && number->is_int64() && number->get_int64() >= 400 && number->get_int64() < 600;
    if (status == 0 && has_status) failure.status = static_cast<std::uint16_t>(number->get_int64());
  } else if (error != nullptr && error->is_string()) {
    message = error->get_string();
  }
  if (failure.status == 0) failure.status = 502;
  failure.error.retry_after = details.retry_after ? details.retry_after : retry_after(headers, system_clock().now());
  classify(failure, details.is_daily);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, failure.status,
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

}  // namespace millwright::extensions
