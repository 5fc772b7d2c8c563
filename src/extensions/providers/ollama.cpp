#include "extensions/providers/ollama.hpp"

#include <charconv>

#include "extensions/providers/embeddings.hpp"
#include "extensions/providers/ollama_answer.hpp"
#include "extensions/providers/ollama_request.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::Operation;

class Ollama final : public gateway::Provider {
 public:
  Ollama(const gateway::ProviderParts& parts, OllamaDefaults defaults)
      : name_(parts.config->name),
        origin_(parts.config->origin),
        client_(*parts.client),
        defaults_(std::move(defaults)) {
    if (origin_.base_path.empty()) origin_.base_path = "/api";
    headers_.add("Content-Type", "application/json");
    if (!parts.api_key.empty()) headers_.add("Authorization", "Bearer " + parts.api_key);
    for (const auto& [name, value] : parts.config->headers) headers_.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "ollama"; }
  [[nodiscard]] bool offers(Operation operation) const override {
    return operation == Operation::Chat || operation == Operation::Embeddings;
  }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    const bool is_chat = call.operation == Operation::Chat;
    auto body = is_chat ? encode_ollama_chat(*call.body, call.is_streamed, defaults_)
                        : encode_ollama_embed(*call.body, defaults_);
    if (!body) co_return std::unexpected(failure_of_translation(std::move(body.error()), name_));
    io::http::ClientRequest request;
    request.path = is_chat ? "/chat" : "/embed";
    request.headers = headers_;
    request.headers.add("Accept", call.is_streamed ? "application/x-ndjson" : "application/json");
    request.body = json::serialize(*body);
    const auto dialect = make_dialect(call);
    auto result = co_await call_dialect(client_, origin_, std::move(request), dialect, call, on_chunk);
    co_return result;
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(headers_, request.headers);
    return client_.send(origin_, std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_ollama_raw_usage(path, answer, usage);
  }

 private:
  [[nodiscard]] Dialect make_dialect(const gateway::ProviderCall& call) const {
    const auto frame = frame_of(name_, call);
    Dialect dialect;
    dialect.provider = name_;
    if (call.is_streamed) dialect.stream = std::make_unique<OllamaStream>(frame);
    if (call.operation == Operation::Chat) {
      dialect.read_answer = [frame](const json::object& body) { return read_ollama_answer(body, frame); };
    } else {
      const bool is_base64 = wants_base64(*call.body).value_or(false);
      dialect.read_answer = [frame, is_base64](const json::object& body) {
        return read_ollama_embeddings(body, frame, is_base64);
      };
    }
    dialect.read_failure = [name = name_](std::uint16_t status, std::string_view body) {
      return failure_of_ollama(status, body, name);
    };
    return dialect;
  }

  std::string name_;
  io::http::Origin origin_;
  io::http::Client& client_;
  io::http::Headers headers_;
  OllamaDefaults defaults_;
};

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

gateway::ProviderKindFacts ollama_facts() {
  return {"http://localhost:11434/api", {"keep_alive", "num_ctx"}, {}, true};
}

Result<std::unique_ptr<gateway::Provider>> make_ollama(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  OllamaDefaults defaults;
  if (const auto& keep = options["keep_alive"]; keep.is_set()) {
    // A number is seconds (negative: for ever), a text a duration as "10m".
    const auto seconds = number_of(keep.text());
    defaults.keep_alive = seconds ? json::value(*seconds) : json::value(keep.text());
  }
  if (const auto& context = options["num_ctx"]; context.is_set()) {
    const auto tokens = number_of(context.text());
    if (!tokens || *tokens < 1 || *tokens > 100'000'000) {
      return std::unexpected(context.error("num_ctx must be a number of tokens", "Use a whole number, as in 32768."));
    }
    defaults.context_tokens = *tokens;
  }
  return std::make_unique<Ollama>(parts, std::move(defaults));
}

}  // namespace millwright::extensions
