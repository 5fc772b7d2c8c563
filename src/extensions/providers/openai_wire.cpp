#include "extensions/providers/openai_wire.hpp"

#include "extensions/providers/dialect.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_mend.hpp"
#include "extensions/providers/openai_request.hpp"
#include "extensions/providers/openai_media.hpp"
#include "extensions/providers/openai_stream.hpp"
#include "extensions/providers/upstream.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

/// The list that makes an answer one.
std::string_view results_of(gateway::Operation operation) {
  switch (operation) {
    case gateway::Operation::Chat: return "choices";
    case gateway::Operation::Embeddings: return "data";
    default: return "results";
  }
}

std::string request_id_of(const io::http::Headers& headers) {
  auto id = headers.find("x-request-id");
  if (id.empty()) id = headers.find("apim-request-id");
  return std::string(id);
}

io::Task<ProviderFailure> read_failure(io::http::ClientResponse& upstream, const OpenAiEndpoint& endpoint) {
  auto body = co_await upstream.read_all(error_bytes_max);
  auto failure = failure_of_openai(upstream.status(), body ? *body : std::string(), endpoint.provider);
  failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
  co_return failure;
}

/// Asked for a stream, the server gave a whole answer: passed on as one.
io::Task<Result<void>> pass_whole(const json::object& body, const OnChunk& on_chunk) {
  json::object chunk = body;
  chunk["object"] = "chat.completion.chunk";
  for (auto& choice : chunk["choices"].get_array()) {
    if (!choice.is_object()) continue;
    auto& object = choice.get_object();
    object["delta"] = object.contains("message") ? object["message"] : json::value(json::object());
    object.erase("message");
  }
  auto passed = co_await on_chunk(std::move(chunk));
  co_return passed;
}

ProviderFailure not_json(const OpenAiEndpoint& endpoint, std::string_view why) {
  auto failure = failure_of_openai(502, {}, endpoint.provider);
  failure.error.message = fmt::format("the provider {} answered with what is not JSON: {}", endpoint.provider, why);
  failure.may_be_billed = true;
  return failure;
}

io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const OpenAiEndpoint& endpoint,
                                     const ProviderCall& call, const OnChunk& on_chunk) {
  auto text = co_await upstream.read_all(answer_bytes_max);
  if (!text) {
    auto failure = failure_of_transport(std::move(text.error()));
    failure.may_be_billed = true;  // the answer had begun
    co_return std::unexpected(std::move(failure));
  }
  auto body = parse_json_object(*text, {answer_bytes_max, 128}, JsonMemory::Pooled);
  if (!body) co_return std::unexpected(not_json(endpoint, body.error().message));
  const auto* results = find_member(*body, results_of(call.operation));
  const auto* error = find_member(*body, "error");
  const bool has_error = (error != nullptr && !error->is_null()) || has_failed_choice(*body);
  if (has_error || results == nullptr || !results->is_array()) {
    // An error under status 200, or an answer without what was asked for: never a success.
    co_return std::unexpected(failure_of_openai(502, *text, endpoint.provider));
  }
  ProviderAnswer answer;
  answer.usage = read_openai_usage(*body);
  answer.provider_model = string_member(*body, "model");
  answer.service_tier = string_member(*body, "service_tier");
  answer.provider_request = request_id_of(upstream.headers());
  if (answer.provider_request.empty()) answer.provider_request = string_member(*body, "id");
  if (call.operation == gateway::Operation::Chat) mend_openai_answer(*body);
  if (!call.is_streamed) {
    take_over(answer.body, std::move(*body));
    co_return answer;
  }
  auto passed = co_await pass_whole(*body, on_chunk);
  if (!passed) {
    auto failure = failure_of_transport(std::move(passed.error()));
    failure.usage = answer.usage;
    failure.service_tier = answer.service_tier;
    co_return std::unexpected(std::move(failure));
  }
  co_return answer;
}

io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, const OpenAiEndpoint& endpoint,
                                     const ProviderCall& call, const OnChunk& on_chunk) {
  OpenAiStream stream(endpoint.provider, endpoint.preset->stream_usage);
  io::sse::Parser parser;
  io::sse::Event event;
  std::vector<json::object> chunks;
  const auto failed = [&stream](Error error) {
    return std::unexpected(broken(failure_of_transport(std::move(error)), stream.answer()));
  };
  for (;;) {
    upstream.expire_after(call.idle_timeout);
    auto bytes = co_await upstream.read_some();
    if (!bytes) co_return failed(std::move(bytes.error()));
    if (bytes->empty()) co_return failed(cut_short(endpoint.provider));
    auto fed = parser.feed(*bytes);
    if (!fed) co_return failed(std::move(fed.error()));
    while (parser.next(event)) {
      chunks.clear();
      auto understood = stream.feed(event, chunks);
      if (!understood) {
        auto failure = broken_by_provider(std::move(understood.error()), stream.answer(), stream.has_begun());
        co_return std::unexpected(std::move(failure));
      }
      for (auto& chunk : chunks) {
        auto passed = co_await on_chunk(std::move(chunk));
        if (!passed) co_return failed(std::move(passed.error()));
      }
      if (!stream.is_finished()) continue;
      co_await drain(upstream);
      auto answer = stream.answer();
      if (auto id = request_id_of(upstream.headers()); !id.empty()) answer.provider_request = std::move(id);
      co_return answer;
    }
  }
}

}  // namespace

std::string_view openai_path(gateway::Operation operation) {
  switch (operation) {
    case gateway::Operation::Chat: return "/chat/completions";
    case gateway::Operation::Embeddings: return "/embeddings";
    case gateway::Operation::Moderations: return "/moderations";
    case gateway::Operation::Rerank: return "/rerank";  // as Jina, vLLM and many others have it
    default: return openai_media_path(operation);
  }
}

io::Task<ProviderResult> call_openai(const OpenAiEndpoint& endpoint, std::string path, const ProviderCall& call,
                                     const OnChunk& on_chunk) {
  io::http::ClientRequest request;
  request.path = std::move(path);
  request.headers = endpoint.headers;
  request.headers.add("Accept", call.is_streamed ? "text/event-stream" : "application/json");
  request.headers.add("X-Request-Id", call.request_id);
  std::optional<json::object> encoded;
  if (call.operation == gateway::Operation::Chat) {
    auto made = encode_openai_chat(*call.body, *endpoint.preset);
    if (!made) co_return std::unexpected(failure_of_translation(std::move(made.error()), endpoint.provider));
    encoded = std::move(*made);
  }
  request.body = json::serialize(encoded ? *encoded : *call.body);
  auto response = co_await endpoint.client->send(endpoint.origin, std::move(request), call.timeout, call.cancellation);
  if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
  auto& upstream = **response;
  const bool is_stream = upstream.headers().find("content-type").starts_with("text/event-stream");
  ProviderResult result;
  if (upstream.status() < 200 || upstream.status() >= 300) {
    result = std::unexpected(co_await read_failure(upstream, endpoint));
  } else if (call.is_streamed && is_stream) {
    take_over(result, co_await read_stream(upstream, endpoint, call, on_chunk));
  } else {
    take_over(result, co_await read_answer(upstream, endpoint, call, on_chunk));
  }
  if (auto id = request_id_of(upstream.headers()); !result && !id.empty()) result.error().provider_request = std::move(id);
  co_return result;
}

}  // namespace millwright::extensions
