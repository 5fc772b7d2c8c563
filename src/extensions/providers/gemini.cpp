#include "extensions/providers/gemini.hpp"

#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_wire.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

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

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(endpoint_.headers, request.headers);
    return endpoint_.client->send(endpoint_.origin, std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_gemini_raw_usage(path, answer, usage);
  }

 private:
  GeminiEndpoint endpoint_;
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_gemini(const gateway::ProviderParts& parts) {
  return std::make_unique<Gemini>(parts);
}

}  // namespace millwright::extensions
