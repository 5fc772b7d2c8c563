#include "extensions/providers/azure.hpp"

#include <algorithm>

#include "extensions/providers/openai_media.hpp"
#include "extensions/providers/openai_wire.hpp"
#include "extensions/providers/percent.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

constexpr std::string_view usual_version = "2024-10-21";

/// "2024-10-21", "2025-01-01-preview".
bool is_dated(std::string_view version) {
  if (version.ends_with("-preview")) version.remove_suffix(8);
  constexpr std::string_view shape = "dddd-dd-dd";
  return version.size() == shape.size() && std::ranges::equal(version, shape, [](char c, char wanted) {
    return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
  });
}

bool is_undated(std::string_view version) { return version == "v1" || version == "preview" || version == "latest"; }

class Azure final : public gateway::Provider {
 public:
  Azure(const gateway::ProviderParts& parts, std::string api_version, bool is_bearer)
      : api_version_(std::move(api_version)) {
    endpoint_.provider = parts.config->name;
    endpoint_.origin = parts.config->origin;
    endpoint_.client = parts.client;
    endpoint_.preset = &openai_presets().front();
    endpoint_.headers.add("Content-Type", "application/json");
    if (is_bearer)
      endpoint_.headers.add("Authorization", "Bearer " + parts.api_key);
    else if (!parts.api_key.empty())
      endpoint_.headers.add("api-key", parts.api_key);
    for (const auto& [name, value] : parts.config->headers) endpoint_.headers.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "azure"; }
  [[nodiscard]] bool offers(gateway::Operation operation) const override {
    return operation == gateway::Operation::Chat || operation == gateway::Operation::Embeddings ||
           (gateway::is_media(operation) && operation != gateway::Operation::ImageVariations);
  }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    auto path = azure_path(endpoint_.origin.base_path, api_version_, call.model->id, openai_path(call.operation));
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
  std::string api_version_;
};

}  // namespace

std::string azure_path(std::string_view base_path, std::string_view api_version, std::string_view deployment,
                       std::string_view operation_path) {
  const bool has_v1 = base_path.ends_with("/openai/v1");
  const bool has_openai = has_v1 || base_path.ends_with("/openai");
  if (has_v1 || is_undated(api_version)) {
    const std::string_view front = has_v1 ? "" : has_openai ? "/v1" : "/openai/v1";
    const bool names_version = api_version == "preview" || api_version == "latest";
    return fmt::format("{}{}{}{}", front, operation_path, names_version ? "?api-version=" : "",
                       names_version ? api_version : std::string_view());
  }
  return fmt::format("{}/deployments/{}{}?api-version={}", has_openai ? "" : "/openai", percent_encoded(deployment),
                     operation_path, api_version);
}

gateway::ProviderKindFacts azure_facts() { return {{}, {"api_version", "auth"}, {}}; }

Result<std::unique_ptr<gateway::Provider>> make_azure(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  std::string version(usual_version);
  if (const auto& option = options["api_version"]; option.is_set()) {
    version = option.text();
    if (!is_dated(version) && !is_undated(version)) {
      return std::unexpected(option.error(fmt::format("\"{}\" is no version of the API", version),
                                          "Use a date as in 2024-10-21 or 2025-01-01-preview, or v1, or preview."));
    }
  }
  bool is_bearer = false;
  if (const auto& option = options["auth"]; option.is_set()) {
    is_bearer = option.text() == "bearer";
    if (!is_bearer && option.text() != "api-key") {
      return std::unexpected(
          option.error(fmt::format("\"{}\" is no way to send the key", option.text()), "Use api-key or bearer."));
    }
    if (is_bearer && parts.api_key.empty()) {
      return std::unexpected(option.error("auth: bearer needs api_key, which holds the token",
                                          "Set api_key, or leave auth out."));
    }
  }
  return std::make_unique<Azure>(parts, std::move(version), is_bearer);
}

}  // namespace millwright::extensions
