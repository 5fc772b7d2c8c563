#include "extensions/providers/openai.hpp"

#include "extensions/providers/openai_wire.hpp"

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
  }

  [[nodiscard]] std::string_view kind() const override { return kind_; }
  [[nodiscard]] bool offers(gateway::Operation) const override { return true; }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    OpenAiEndpoint endpoint = endpoint_;
    endpoint.path = openai_path(call.operation);
    auto result = co_await call_openai(endpoint, call, on_chunk);
    co_return result;
  }

 private:
  OpenAiEndpoint endpoint_;
  std::string kind_;
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_openai(const gateway::ProviderParts& parts) {
  return std::make_unique<OpenAi>(parts);
}

}  // namespace millwright::extensions
