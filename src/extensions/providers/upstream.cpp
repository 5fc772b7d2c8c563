#include "extensions/providers/upstream.hpp"

#include <time.h>

#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

constexpr double seconds_max = 1e7;   // some four months: beyond that it is no answer

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0) return std::nullopt;
  return number;
}

/// "6ms", "20s", "1m26.4s", "2h0m0s", or plain seconds.
std::optional<Duration> span_of(std::string_view text) {
  if (const auto seconds = number_of(text)) return Duration(static_cast<std::int64_t>(std::ceil(std::min(*seconds, seconds_max) * 1000)));
  double ms = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789.");
    const auto number = number_of(text.substr(0, digits));
    if (digits == std::string_view::npos || !number) return std::nullopt;
    text.remove_prefix(digits);
    const auto unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    if (unit == "ms")
      ms += *number;
    else if (unit == "s")
      ms += *number * 1'000;
    else if (unit == "m")
      ms += *number * 60'000;
    else if (unit == "h")
      ms += *number * 3'600'000;
    else
      return std::nullopt;
  }
  if (ms > seconds_max * 1000) return std::nullopt;
  return Duration(static_cast<std::int64_t>(std::ceil(ms)));
}

/// OpenAI, Groq and others say when a limit that is used up is free again.
std::optional<Duration> reset_of_limits(const io::http::Headers& headers) {
  std::optional<Duration> longest;
  for (const std::string_view limit : {"requests", "tokens"}) {
    if (headers.find(fmt::format("x-ratelimit-remaining-{}", limit)) != "0") continue;
    const auto reset = span_of(headers.find(fmt::format("x-ratelimit-reset-{}", limit)));
    if (reset) longest = std::max(longest.value_or(Duration(0)), *reset);
  }
  return longest;
}

}  // namespace

std::optional<Timestamp> http_date(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

std::optional<Duration> retry_after(const io::http::Headers& headers, Timestamp now) {
  for (const char* name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
    if (const auto ms = number_of(headers.find(name)); ms && *ms <= seconds_max * 1000) {
      return Duration(static_cast<std::int64_t>(std::ceil(*ms)));
    }
  }
  const auto text = headers.find("retry-after");
  if (const auto seconds = number_of(text); seconds && *seconds <= seconds_max) {
    return Duration(static_cast<std::int64_t>(std::ceil(*seconds * 1000)));
  }
  const auto date = http_date(text);
  if (!date && text.empty()) return reset_of_limits(headers);
  if (!date || *date > now + std::chrono::seconds(static_cast<std::int64_t>(seconds_max))) return std::nullopt;
  return std::max(std::chrono::ceil<Duration>(*date - now), Duration(0));
}

gateway::ProviderFailure failure_of_transport(Error error) {
  gateway::ProviderFailure failure;
  failure.is_retryable = error.code != ErrorCode::Cancelled && error.code != ErrorCode::Forbidden;
  failure.may_fall_back = error.code != ErrorCode::Cancelled;
  failure.error = std::move(error);
  return failure;
}

void put_credentials(const io::http::Headers& own, io::http::Headers& headers) {
  for (const auto& [name, value] : own) {
    const bool is_callers = equal_ignoring_case(name, "content-type") || equal_ignoring_case(name, "accept") ||
                            (equal_ignoring_case(name, "anthropic-version") && headers.has(name));
    if (!is_callers) headers.set(name, value);
  }
}

Error cut_short(std::string_view provider) {
  Error error;
  error.code = ErrorCode::UpstreamFailed;
  error.message = fmt::format("the provider {} ended its stream without finishing it", provider);
  return error;
}

gateway::ProviderFailure broken(gateway::ProviderFailure failure, const gateway::ProviderAnswer& known) {
  failure.may_be_billed = true;
  failure.usage = known.usage;
  if (!known.provider_request.empty()) failure.provider_request = known.provider_request;
  failure.service_tier = known.service_tier;
  return failure;
}

gateway::ProviderFailure broken_by_provider(gateway::ProviderFailure failure, const gateway::ProviderAnswer& known,
                                            bool has_begun) {
  failure = broken(std::move(failure), known);
  failure.may_be_billed = has_begun || failure.usage;
  return failure;
}

gateway::ProviderFailure failure_of_translation(Error error, std::string_view provider) {
  gateway::ProviderFailure failure;
  error.message =
      fmt::format("the provider {} cannot take the request: {}: {}", provider, error.where.field, error.message);
  failure.error = std::move(error);
  return failure;
}

io::Task<void> drain(io::http::ClientResponse& upstream) {
  upstream.expire_after(Duration(250));
  for (int i = 0; i < 4; ++i) {
    auto rest = co_await upstream.read_some();
    if (!rest || rest->empty()) co_return;
  }
}

}  // namespace millwright::extensions
