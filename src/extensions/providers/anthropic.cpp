#include "extensions/providers/anthropic.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "extensions/providers/anthropic_betas.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/anthropic_stream.hpp"
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

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A whole answer in the shape of a chunk, for a server that does not stream.
json::object as_chunk(const json::object& body) {
  json::object chunk = body;
  chunk["object"] = "chat.completion.chunk";
  chunk.erase("usage");
  auto& choice = chunk["choices"].get_array().front().get_object();
  choice["delta"] = choice["message"];
  choice.erase("message");
  if (auto* calls = choice["delta"].get_object().if_contains("tool_calls")) {
    std::int64_t index = 0;
    for (auto& call : calls->get_array()) call.get_object()["index"] = index++;
  }
  return chunk;
}

class Anthropic final : public gateway::Provider {
 public:
  Anthropic(const gateway::ProviderParts& parts, AnthropicReasoning reasoning)
      : name_(parts.config->name), origin_(parts.config->origin), client_(*parts.client), reasoning_(reasoning),
        betas_(parts.config->options["beta"].text(),
               parts.config->options["callers_beta"].is_set() ? parts.config->options["callers_beta"].text() : "*") {
    const auto& options = parts.config->options;
    headers_.add("Content-Type", "application/json");
    headers_.add("anthropic-version", options["version"].is_set() ? options["version"].text() : "2023-06-01");
    if (!parts.api_key.empty()) headers_.add("x-api-key", parts.api_key);
    for (const auto& [name, value] : parts.config->headers) headers_.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "anthropic"; }

  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) override {
    auto body = encode_anthropic_request(*call.body, call.is_streamed, reasoning_);
    if (!body) co_return std::unexpected(failure_of_translation(std::move(body.error()), name_));
    io::http::ClientRequest request;
    request.path = "/messages";
    request.headers = headers_;
    if (auto betas = betas_.header(call.dialect_headers); !betas.empty()) {
      request.headers.add("anthropic-beta", std::move(betas));
    }
    request.headers.add("Accept", call.is_streamed ? "text/event-stream" : "application/json");
    request.headers.add("X-Request-Id", std::string(call.request_id));
    request.body = json::serialize(*body);
    auto response = co_await client_.send(origin_, std::move(request), call.timeout, call.cancellation);
    if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
    auto& upstream = **response;
    if (upstream.status() < 200 || upstream.status() >= 300) {
      auto failure = co_await read_failure(upstream);
      co_return std::unexpected(std::move(failure));
    }
    const std::string request_id(upstream.headers().find("request-id"));
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
    read_anthropic_raw_usage(path, answer, usage);
  }
  [[nodiscard]] bool keeps_marked_prompts(const gateway::ModelConfig&) const override { return true; }

 private:
  io::Task<ProviderFailure> read_failure(io::http::ClientResponse& upstream) {
    auto body = co_await upstream.read_all(error_bytes_max);
    auto failure = make_anthropic_failure(upstream.status(), body ? *body : std::string(), name_);
    failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
    if (upstream.headers().find("x-should-retry") == "false") failure.is_retryable = false;
    co_return failure;
  }

  io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk, const std::string& request_id) {
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) {
      auto failure = failure_of_transport(std::move(text.error()));
      failure.may_be_billed = true;  // the answer had begun
      failure.provider_request = request_id;
      co_return std::unexpected(std::move(failure));
    }
    auto message = parse_json_object(*text, {answer_bytes_max, 128}, JsonMemory::Pooled);
    if (!message || string_member(*message, "type") == "error" || find_member(*message, "content") == nullptr) {
      // What is not JSON, an error under status 200, an answer without content: never a success.
      auto failure = make_anthropic_failure(message ? 0 : 502, *text, name_);
      failure.may_be_billed = !message;
      failure.provider_request = request_id;
      if (!message) failure.error.message = fmt::format("the provider {} answered with what is not JSON", name_);
      co_return std::unexpected(std::move(failure));
    }
    ProviderAnswer answer;
    if (const auto* usage = find_member(*message, "usage"); usage != nullptr && usage->is_object()) {
      answer.usage = read_anthropic_usage(usage->get_object());
      answer.service_tier = string_member(usage->get_object(), "service_tier");
    }
    answer.provider_model = string_member(*message, "model");
    answer.provider_request = request_id.empty() ? std::string(string_member(*message, "id")) : request_id;
    auto body = decode_anthropic_answer(*message, now_seconds());
    if (!call.is_streamed) {
      take_over(answer.body, std::move(body));
      co_return answer;
    }
    auto passed = co_await pass_whole(body, on_chunk);
    if (!passed) {
      auto failure = failure_of_transport(std::move(passed.error()));
      failure.may_be_billed = true;
      failure.usage = answer.usage;
      failure.provider_request = answer.provider_request;
      failure.service_tier = answer.service_tier;
      co_return std::unexpected(std::move(failure));
    }
    co_return answer;
  }

  static io::Task<Result<void>> pass_whole(const json::object& body, const OnChunk& on_chunk) {
    auto passed = co_await on_chunk(as_chunk(body));
    const auto* usage = find_member(body, "usage");
    if (!passed || usage == nullptr) co_return passed;
    json::object last{{"id", body.at("id")},       {"object", "chat.completion.chunk"}, {"created", body.at("created")},
                      {"model", body.at("model")}, {"choices", json::array()},          {"usage", *usage}};
    passed = co_await on_chunk(std::move(last));
    co_return passed;
  }

  io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk, const std::string& request_id) {
    AnthropicStream stream(name_, now_seconds());
    io::sse::Parser parser;
    io::sse::Event event;
    std::vector<json::object> chunks;
    const auto failed = [&](Error error) {
      return std::unexpected(
          counted(broken(failure_of_transport(std::move(error)), known_of(stream, request_id)), stream));
    };
    for (;;) {
      upstream.expire_after(call.idle_timeout);
      auto bytes = co_await upstream.read_some();
      if (!bytes) co_return failed(std::move(bytes.error()));
      if (bytes->empty()) co_return failed(cut_short(name_));
      auto fed = parser.feed(*bytes);
      if (!fed) co_return failed(std::move(fed.error()));
      while (parser.next(event)) {
        chunks.clear();
        auto understood = stream.feed(event, chunks);
        for (auto& chunk : chunks) {
          auto passed = co_await on_chunk(std::move(chunk));
          if (!passed) co_return failed(std::move(passed.error()));
        }
        if (!understood) {
          auto failure =
              broken_by_provider(std::move(understood.error()), known_of(stream, request_id), stream.has_begun());
          co_return std::unexpected(counted(std::move(failure), stream));
        }
        if (!stream.is_finished()) continue;
        co_await drain(upstream);
        co_return known_of(stream, request_id);
      }
    }
  }

  /// What is known of a streamed answer, whole or broken.
  static ProviderAnswer known_of(const AnthropicStream& stream, const std::string& request_id) {
    ProviderAnswer answer;
    answer.provider_model = stream.model();
    answer.provider_request = request_id.empty() ? stream.id() : request_id;
    answer.usage = stream.usage();
    answer.service_tier = stream.service_tier();
    return answer;
  }

  static ProviderFailure counted(ProviderFailure failure, const AnthropicStream& stream) {
    failure.is_usage_estimated = failure.usage && stream.is_usage_estimated();
    return failure;
  }

  std::string name_;
  io::http::Origin origin_;
  io::http::Client& client_;
  io::http::Headers headers_;
  AnthropicReasoning reasoning_;
  AnthropicBetas betas_;
};

/// What a header may hold here: letters, digits and the marks of lists and dates.
bool is_header_text(std::string_view text) {
  return !text.empty() && text.size() <= 1'024 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == ',' || c == ' ';
  });
}

}  // namespace

gateway::ProviderKindFacts anthropic_facts() {
  return {"https://api.anthropic.com/v1", {"version", "beta", "callers_beta", "reasoning"}, {}};
}

Result<std::unique_ptr<gateway::Provider>> make_anthropic(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  for (const char* name : {"version", "beta", "callers_beta"}) {
    const auto& option = options[name];
    if (!option.is_set() || is_header_text(option.text())) continue;
    return std::unexpected(option.error(fmt::format("{} must be a header's value", name),
                                        "Use letters, digits, '-', '_', '.' and commas."));
  }
  auto reasoning = AnthropicReasoning::Budget;
  if (const auto& option = options["reasoning"]; option.is_set()) {
    if (option.text() == "adaptive")
      reasoning = AnthropicReasoning::Adaptive;
    else if (option.text() != "budget") {
      return std::unexpected(
          option.error(fmt::format("\"{}\" is no way to ask for reasoning", option.text()), "Use budget or adaptive."));
    }
  }
  return std::make_unique<Anthropic>(parts, reasoning);
}

}  // namespace millwright::extensions
