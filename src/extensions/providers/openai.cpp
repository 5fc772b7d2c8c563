#include "extensions/providers/openai.hpp"

#include "extensions/providers/openai_batches.hpp"
#include "extensions/providers/openai_media.hpp"
#include "extensions/providers/openai_wire.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

class OpenAi final : public gateway::Provider {
 public:
  explicit OpenAi(const gateway::ProviderParts& parts) {
    endpoint_.provider = parts.config->name;
    endpoint_.origin = parts.config->origin;
    endpoint_.client = parts.client;
    endpoint_.preset = &openai_preset(parts.config->kind, parts.config->origin.host);
    kind_ = parts.config->kind.empty() ? "openai" : parts.config->kind;
    endpoint_.headers.add("Content-Type", "application/json");
    if (!parts.api_key.empty()) endpoint_.headers.add("Authorization", "Bearer " + parts.api_key);
    for (const auto& [name, value] : parts.config->headers) endpoint_.headers.set(name, value);
    batches_.emplace(endpoint_);
  }

  [[nodiscard]] std::string_view kind() const override { return kind_; }
  [[nodiscard]] bool offers(gateway::Operation) const override { return true; }
  [[nodiscard]] gateway::BatchEndpoint* batches() override {
    return endpoint_.preset->has_batches ? &*batches_ : nullptr;
  }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    std::string path(openai_path(call.operation));
    return gateway::is_media(call.operation) ? call_openai_media(endpoint_, std::move(path), call)
                                             : call_openai(endpoint_, std::move(path), call, on_chunk);
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(endpoint_.headers, request.headers);
    return endpoint_.client->send(endpoint_.origin, std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_openai_raw_usage(path, answer, usage);
  }

 private:
  OpenAiEndpoint endpoint_;
  std::string kind_;
  std::optional<OpenAiBatches> batches_;
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_openai(const gateway::ProviderParts& parts) {
  return std::make_unique<OpenAi>(parts);
}

}  // namespace millwright::extensions
