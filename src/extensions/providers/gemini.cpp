#include "extensions/providers/gemini.hpp"

#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_wire.hpp"

namespace millwright::extensions {
namespace {

class Gemini final : public gateway::Provider {
 public:
  explicit Gemini(const gateway::ProviderParts& parts) {
    endpoint_.provider = parts.config->name;
    endpoint_.origin = parts.config->origin;
    endpoint_.client = parts.client;
    endpoint_.headers.add("Content-Type", "application/json");
    if (!parts.api_key.empty()) endpoint_.headers.add("x-goog-api-key", parts.api_key);
    for (const auto& [name, value] : parts.config->headers) endpoint_.headers.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "gemini"; }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    GeminiEndpoint endpoint = endpoint_;
    endpoint.model_path = "/" + gemini_model_path(call.model->id);
    auto result = co_await call_gemini(endpoint, call, on_chunk);
    co_return result;
  }

 private:
  GeminiEndpoint endpoint_;
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_gemini(const gateway::ProviderParts& parts) {
  return std::make_unique<Gemini>(parts);
}

}  // namespace millwright::extensions
