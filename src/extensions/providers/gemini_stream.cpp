#include "extensions/providers/gemini_stream.hpp"

#include <algorithm>
#include <array>

#include "extensions/providers/gemini_failure.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t stray_bytes_max = 64u << 10;

}  // namespace

gateway::ProviderFailure GeminiStream::with_usage(gateway::ProviderFailure failure) const {
  failure.may_be_billed = true;  // the answer had begun
  failure.usage = answer_.usage();
  failure.provider_request = answer_.id();
  failure.is_usage_estimated = failure.usage && !answer_.is_complete();   // what was said so far: more may be billed
  return failure;
}

/// In place of an answer an error is no more billed than under a status of its own.
gateway::ProviderFailure GeminiStream::said_by_provider(std::string_view error) const {
  auto failure = with_usage(failure_of_google(0, error, {}, provider_));
  failure.may_be_billed = has_begun_ || failure.usage;
  return failure;
}

GeminiStep GeminiStream::feed(std::string_view bytes) {
  GeminiStep step;
  keep_stray_lines(bytes);
  auto fed = parser_.feed(bytes);
  io::sse::Event event;
  while (parser_.next(event)) {
    auto response = parse_json(event.data);
    if (!response) {
      step.failure = with_usage(failure_of_transport(std::move(response.error())));
      step.failure->error.code = ErrorCode::UpstreamFailed;
      step.failure->error.message = fmt::format("the provider {} sent an event that is not JSON", provider_);
      return step;
    }
    auto one = read(*response);
    std::ranges::move(one.chunks, std::back_inserter(step.chunks));
    if (one.failure) {
      step.failure = std::move(one.failure);
      return step;
    }
  }
  if (!fed) step.failure = with_usage(failure_of_transport(std::move(fed.error())));
  return step;
}

GeminiStep GeminiStream::read(const json::value& response) {
  GeminiStep step;
  if (const auto* error = find_google_error(response)) {
    const json::object body{{"error", *error}};
    step.failure = said_by_provider(json::serialize(body));
    return step;
  }
  if (!response.is_object()) return step;
  has_begun_ = true;
  if (auto chunk = answer_.read(response.get_object())) step.chunks.push_back(std::move(*chunk));
  return step;
}

GeminiStep GeminiStream::end() {
  GeminiStep step;
  if (!answer_.is_ended()) {
    keep_stray_line();
    auto stray = parse_json(stray_);
    if (stray && find_google_error(*stray) != nullptr) {
      step.failure = said_by_provider(stray_);
      return step;
    }
    auto error = fail(ErrorCode::UpstreamFailed, "the provider {} ended its stream without finishing it", provider_);
    step.failure = with_usage(failure_of_transport(std::move(error.error())));
    return step;
  }
  step.failure = answer_.fault();
  if (!step.failure) step.chunks = answer_.finish();
  return step;
}

void GeminiStream::keep_stray_lines(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n' || c == '\r')
      keep_stray_line();
    else if (line_.size() < stray_bytes_max)
      line_ += c;
  }
}

void GeminiStream::keep_stray_line() {
  constexpr std::array<std::string_view, 5> fields{"data:", "event:", "id:", "retry:", ":"};
  const bool is_field = std::ranges::any_of(fields, [&](std::string_view field) { return line_.starts_with(field); });
  if (!is_field && stray_.size() + line_.size() < stray_bytes_max) stray_ += line_;
  line_.clear();
}

}  // namespace millwright::extensions
