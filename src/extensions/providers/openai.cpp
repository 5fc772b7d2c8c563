#include "extensions/providers/openai.hpp"

#include "extensions/providers/openai_failure.hpp"
#include "extensions/providers/openai_media.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

std::string_view path_of(gateway::Operation operation) {
  switch (operation) {
    case gateway::Operation::Chat: return "/chat/completions";
    case gateway::Operation::Embeddings: return "/embeddings";
    case gateway::Operation::Moderations: return "/moderations";
    case gateway::Operation::Rerank: return "/rerank";   // as Jina, vLLM and many others have it
    default: return {};
  }
}

/// The list that makes an answer one.
std::string_view results_of(gateway::Operation operation) {
  switch (operation) {
    case gateway::Operation::Chat: return "choices";
    case gateway::Operation::Embeddings: return "data";
    default: return "results";
  }
}

class OpenAi final : public gateway::Provider {
 public:
  explicit OpenAi(const gateway::ProviderParts& parts)
      : name_(parts.config->name), origin_(parts.config->origin), client_(*parts.client) {
    headers_.add("Content-Type", "application/json");
    if (!parts.api_key.empty()) headers_.add("Authorization", "Bearer " + parts.api_key);
    for (const auto& [name, value] : parts.config->headers) headers_.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "openai"; }
  [[nodiscard]] bool offers(gateway::Operation) const override { return true; }

  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) override {
    if (gateway::is_media(call.operation)) {
      OpenAiEndpoint endpoint{name_, origin_, &client_, headers_};
      auto result = co_await call_openai_media(endpoint, call);
      co_return result;
    }
    io::http::ClientRequest request;
    request.path = path_of(call.operation);
    request.headers = headers_;
    request.headers.add("Accept", call.is_streamed ? "text/event-stream" : "application/json");
    request.headers.add("X-Request-Id", std::string(call.request_id));
    request.body = json::serialize(*call.body);
    auto response = co_await client_.send(origin_, std::move(request), call.timeout, call.cancellation);
    if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
    auto& upstream = **response;
    if (upstream.status() < 200 || upstream.status() >= 300) {
      auto failure = co_await read_failure(upstream);
      co_return std::unexpected(std::move(failure));
    }
    const std::string request_id(upstream.headers().find("x-request-id"));
    const bool is_stream = upstream.headers().find("content-type").starts_with("text/event-stream");
    if (call.is_streamed && is_stream) {
      auto result = co_await read_stream(upstream, call, on_chunk, request_id);
      co_return result;
    }
    auto result = co_await read_answer(upstream, call, on_chunk, request_id);
    co_return result;
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(headers_, request.headers);
    return client_.send(origin_, std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_openai_raw_usage(path, answer, usage);
  }

 private:
  io::Task<ProviderFailure> read_failure(io::http::ClientResponse& upstream) {
    auto body = co_await upstream.read_all(error_bytes_max);
    auto failure = make_openai_failure(upstream.status(), body ? *body : std::string(), name_);
    failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
    co_return failure;
  }

  io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk, const std::string& request_id) {
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) {
      auto failure = failure_of_transport(std::move(text.error()));
      failure.may_be_billed = true;   // the answer had begun
      co_return std::unexpected(std::move(failure));
    }
    auto body = parse_json_object(*text, {answer_bytes_max, 128}, JsonMemory::Pooled);
    if (!body) {
      auto failure = make_openai_failure(502, {}, name_);
      failure.error.message = fmt::format("the provider {} answered with what is not JSON: {}", name_, body.error().message);
      failure.may_be_billed = true;
      co_return std::unexpected(std::move(failure));
    }
    const auto* results = find_member(*body, results_of(call.operation));
    const auto* error = find_member(*body, "error");
    if ((error != nullptr && !error->is_null()) || results == nullptr || !results->is_array()) {
      // An error under status 200, or an answer without what was asked for: never a success.
      auto failure = make_openai_failure(502, *text, name_);
      co_return std::unexpected(std::move(failure));
    }
    ProviderAnswer answer;
    answer.usage = read_openai_usage(*body);
    answer.provider_model = string_member(*body, "model");
    answer.service_tier = string_member(*body, "service_tier");
    answer.provider_request = request_id.empty() ? std::string(string_member(*body, "id")) : request_id;
    if (call.is_streamed) {
      // Asked for a stream, the server gave a whole answer: pass it on as one.
      auto passed = co_await pass_whole(*body, on_chunk);
      if (!passed) {
        auto failure = failure_of_transport(std::move(passed.error()));
        failure.usage = answer.usage;
        failure.service_tier = answer.service_tier;
        co_return std::unexpected(std::move(failure));
      }
    } else {
      take_over(answer.body, std::move(*body));
    }
    co_return answer;
  }

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

  io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk, const std::string& request_id) {
    ProviderAnswer answer;
    answer.provider_request = request_id;
    io::sse::Parser parser;
    io::sse::Event event;
    for (;;) {
      upstream.expire_after(call.idle_timeout);
      auto bytes = co_await upstream.read_some();
      if (!bytes) co_return std::unexpected(broken_stream(std::move(bytes.error()), answer));
      if (bytes->empty()) {
        co_return std::unexpected(broken_stream(cut_short(name_), answer));
      }
      auto fed = parser.feed(*bytes);
      if (!fed) co_return std::unexpected(broken_stream(std::move(fed.error()), answer));
      while (parser.next(event)) {
        if (event.data == "[DONE]") {
          co_await drain(upstream);
          co_return answer;
        }
        auto chunk = parse_json_object(event.data, {}, JsonMemory::Pooled);
        if (!chunk) {
          co_return std::unexpected(broken_stream(std::move(chunk.error()), answer));
        }
        if (find_member(*chunk, "error") != nullptr) {
          auto failure = make_openai_failure(502, event.data, name_);
          failure.usage = answer.usage;
          failure.service_tier = answer.service_tier;
          failure.may_be_billed = true;
          co_return std::unexpected(std::move(failure));
        }
        note(*chunk, answer);
        auto passed = co_await on_chunk(std::move(*chunk));
        if (!passed) co_return std::unexpected(broken_stream(std::move(passed.error()), answer));
      }
    }
  }

  static void note(const json::object& chunk, ProviderAnswer& answer) {
    if (auto usage = read_openai_usage(chunk)) answer.usage = usage;
    if (answer.provider_model.empty()) answer.provider_model = string_member(chunk, "model");
    if (const auto tier = string_member(chunk, "service_tier"); !tier.empty()) answer.service_tier = tier;
    if (answer.provider_request.empty()) answer.provider_request = string_member(chunk, "id");
  }

  static ProviderFailure broken_stream(Error error, const ProviderAnswer& answer) {
    auto failure = failure_of_transport(std::move(error));
    failure.may_be_billed = true;
    failure.usage = answer.usage;
    failure.service_tier = answer.service_tier;
    return failure;
  }

  std::string name_;
  io::http::Origin origin_;
  io::http::Client& client_;
  io::http::Headers headers_;
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_openai(const gateway::ProviderParts& parts) {
  return std::make_unique<OpenAi>(parts);
}

}  // namespace millwright::extensions
