#include "extensions/providers/upstream.hpp"

#include <time.h>

#include <charconv>
#include <cmath>

namespace millwright::extensions {
namespace {

constexpr double seconds_max = 1e7;   // some four months: beyond that it is no answer

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0) return std::nullopt;
  return number;
}

std::optional<Timestamp> date_of(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

}  // namespace

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
  const auto date = date_of(text);
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

Error cut_short(std::string_view provider) {
  Error error;
  error.code = ErrorCode::UpstreamFailed;
  error.message = fmt::format("the provider {} ended its stream without finishing it", provider);
  return error;
}

io::Task<void> drain(io::http::ClientResponse& upstream) {
  upstream.expire_after(Duration(250));
  for (int i = 0; i < 4; ++i) {
    auto rest = co_await upstream.read_some();
    if (!rest || rest->empty()) co_return;
  }
}

}  // namespace millwright::extensions
