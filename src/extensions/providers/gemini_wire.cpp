#include "extensions/providers/gemini_wire.hpp"

#include <algorithm>

#include "extensions/providers/gemini_failure.hpp"
#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_stream.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

/// How long the last bytes of an answer may take that has ended already; usage may come with them.
constexpr Duration after_end{1'000};

GeminiFrame frame_of(const GeminiEndpoint& endpoint, const ProviderCall& call) {
  GeminiFrame frame;
  frame.provider = endpoint.provider;
  frame.model = call.model->id;
  frame.fallback_id = call.request_id;
  frame.created = to_micros(system_clock().now()) / 1'000'000;
  const auto* choices = find_member(*call.body, "n");
  if (choices != nullptr && choices->is_int64())
    frame.choices = static_cast<std::size_t>(std::max<std::int64_t>(choices->get_int64(), 1));
  return frame;
}

/// Passes chunks on; a caller who has gone ends the stream, with what is known of its usage.
io::Task<std::optional<ProviderFailure>> pass_on(GeminiStep& step, const GeminiStream& stream,
                                                 const OnChunk& on_chunk) {
  for (auto& chunk : step.chunks) {
    auto passed = co_await on_chunk(std::move(chunk));
    if (passed) continue;
    auto failure = failure_of_transport(std::move(passed.error()));
    co_return stream.with_usage(std::move(failure));
  }
  co_return std::move(step.failure);
}

io::Task<ProviderResult> end_stream(GeminiStream& stream, const OnChunk& on_chunk) {
  auto step = stream.end();
  auto failure = co_await pass_on(step, stream, on_chunk);
  if (failure) co_return std::unexpected(std::move(*failure));
  ProviderAnswer answer;
  answer.usage = stream.answer().usage();
  answer.provider_model = stream.answer().model();
  answer.provider_request = stream.answer().id();
  co_return answer;
}

io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, GeminiFrame frame, const ProviderCall& call,
                                     const OnChunk& on_chunk) {
  GeminiStream stream(std::move(frame));
  for (;;) {
    const bool is_complete = stream.answer().is_complete();
    upstream.expire_after(is_complete ? std::min(call.idle_timeout, after_end) : call.idle_timeout);
    auto bytes = co_await upstream.read_some();
    if (!bytes && !(is_complete && bytes.error().code != ErrorCode::Cancelled)) {
      co_return std::unexpected(stream.with_usage(failure_of_transport(std::move(bytes.error()))));
    }
    if (!bytes || bytes->empty()) break;
    auto step = stream.feed(*bytes);
    auto failure = co_await pass_on(step, stream, on_chunk);
    if (failure) co_return std::unexpected(std::move(*failure));
  }
  auto result = co_await end_stream(stream, on_chunk);
  co_return result;
}

/// Asked for a stream, the server gave one body: a response, or a list of them.
io::Task<ProviderResult> pass_whole(const json::value& body, GeminiFrame frame, const OnChunk& on_chunk) {
  GeminiStream stream(std::move(frame));
  const json::array responses = body.is_array() ? body.get_array() : json::array{body};
  for (const auto& response : responses) {
    auto step = stream.read(response);
    auto failure = co_await pass_on(step, stream, on_chunk);
    if (failure) co_return std::unexpected(std::move(*failure));
  }
  auto result = co_await end_stream(stream, on_chunk);
  co_return result;
}

ProviderFailure not_an_answer(const GeminiEndpoint& endpoint, std::string_view why) {
  auto failure = failure_of_google(502, {}, {}, endpoint.provider);
  failure.error.message = fmt::format("the provider {} answered with what is not JSON: {}", endpoint.provider, why);
  failure.may_be_billed = true;
  return failure;
}

io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const GeminiEndpoint& endpoint,
                                     const ProviderCall& call, const OnChunk& on_chunk) {
  auto text = co_await upstream.read_all(answer_bytes_max);
  if (!text) {
    auto failure = failure_of_transport(std::move(text.error()));
    failure.may_be_billed = true;  // the answer had begun
    co_return std::unexpected(std::move(failure));
  }
  auto body = parse_json(*text, {answer_bytes_max, 128});
  if (!body) co_return std::unexpected(not_an_answer(endpoint, body.error().message));
  if (find_google_error(*body) != nullptr) {  // an error under status 200: never a success
    auto failure = failure_of_google(0, *text, {}, endpoint.provider);
    if (body->is_object()) failure.usage = read_gemini_usage(body->get_object());
    failure.may_be_billed = failure.usage.has_value();
    co_return std::unexpected(std::move(failure));
  }
  if (call.is_streamed) {
    auto result = co_await pass_whole(*body, frame_of(endpoint, call), on_chunk);
    co_return result;
  }
  if (!body->is_object()) co_return std::unexpected(not_an_answer(endpoint, "it is no object"));
  co_return read_gemini_answer(body->get_object(), frame_of(endpoint, call));
}

}  // namespace

io::Task<ProviderResult> call_gemini(const GeminiEndpoint& endpoint, const ProviderCall& call,
                                     const OnChunk& on_chunk) {
  auto translated = render_gemini_request(*call.body);
  if (!translated) {
    ProviderFailure failure;  // nothing was sent; a provider of another dialect may take it
    failure.error = std::move(translated.error());
    co_return std::unexpected(std::move(failure));
  }
  io::http::ClientRequest request;
  request.path = endpoint.model_path + (call.is_streamed ? ":streamGenerateContent?alt=sse" : ":generateContent");
  request.headers = endpoint.headers;
  request.headers.add("Accept", call.is_streamed ? "text/event-stream" : "application/json");
  request.body = json::serialize(*translated);
  auto response = co_await endpoint.client->send(endpoint.origin, std::move(request), call.timeout, call.cancellation);
  if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
  auto& upstream = **response;
  if (upstream.status() < 200 || upstream.status() >= 300) {
    auto body = co_await upstream.read_all(error_bytes_max);
    co_return std::unexpected(
        failure_of_google(upstream.status(), body ? *body : std::string(), upstream.headers(), endpoint.provider));
  }
  if (call.is_streamed && upstream.headers().find("content-type").starts_with("text/event-stream")) {
    auto result = co_await read_stream(upstream, frame_of(endpoint, call), call, on_chunk);
    co_return result;
  }
  auto result = co_await read_answer(upstream, endpoint, call, on_chunk);
  co_return result;
}

}  // namespace millwright::extensions
