#include "extensions/providers/azure.hpp"

#include <algorithm>

#include "extensions/providers/entra_token.hpp"
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

enum class Auth : std::uint8_t { Key, Bearer, Entra };

class Azure final : public gateway::Provider {
 public:
  Azure(const gateway::ProviderParts& parts, std::string api_version, Auth auth,
        std::optional<EntraApplication> application)
      : api_version_(std::move(api_version)) {
    endpoint_.provider = parts.config->name;
    endpoint_.origin = parts.config->origin;
    endpoint_.client = parts.client;
    endpoint_.preset = &openai_presets().front();
    endpoint_.headers.add("Content-Type", "application/json");
    if (auth == Auth::Bearer)
      endpoint_.headers.add("Authorization", "Bearer " + parts.api_key);
    else if (!parts.api_key.empty())
      endpoint_.headers.add("api-key", parts.api_key);
    for (const auto& [name, value] : parts.config->headers) endpoint_.headers.set(name, value);
    if (!application) return;
    authority_ = application->authority;
    tokens_ = make_entra_tokens(std::move(*application), *parts.client, system_clock());
  }

  [[nodiscard]] std::string_view kind() const override { return "azure"; }
  [[nodiscard]] bool offers(gateway::Operation operation) const override {
    return operation == gateway::Operation::Chat || operation == gateway::Operation::Embeddings ||
           (gateway::is_media(operation) && operation != gateway::Operation::ImageVariations);
  }

  [[nodiscard]] io::Task<gateway::ProviderResult> chat(const gateway::ProviderCall& call,
                                                       const gateway::OnChunk& on_chunk) override {
    return tokens_ ? send_with_token(call, on_chunk) : send(endpoint_, call, on_chunk);
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(endpoint_.headers, request.headers);
    std::string token;
    if (tokens_) {
      auto loaded = co_await tokens_->load(timeout, cancellation);
      if (!loaded) co_return pass(loaded);
      token = std::move(*loaded);
      request.headers.set("Authorization", "Bearer " + token);
    }
    auto response = co_await endpoint_.client->send(endpoint_.origin, std::move(request), timeout, cancellation);
    if (tokens_ && response && (*response)->status() == 401) tokens_->forget(token);
    co_return response;
  }
  [[nodiscard]] std::vector<io::http::Origin> further_origins() const override {
    return authority_ ? std::vector{*authority_} : std::vector<io::http::Origin>();
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_openai_raw_usage(path, answer, usage);
  }

 private:
  io::Task<gateway::ProviderResult> send(const OpenAiEndpoint& endpoint, const gateway::ProviderCall& call,
                                         const gateway::OnChunk& on_chunk) const {
    auto path = azure_path(endpoint.origin.base_path, api_version_, call.model->id, openai_path(call.operation));
    return gateway::is_media(call.operation) ? call_openai_media(endpoint, std::move(path), call)
                                             : call_openai(endpoint, std::move(path), call, on_chunk);
  }

  io::Task<gateway::ProviderResult> send_with_token(const gateway::ProviderCall& call,
                                                    const gateway::OnChunk& on_chunk) {
    const auto started = std::chrono::steady_clock::now();
    OpenAiEndpoint endpoint = endpoint_;
    gateway::ProviderCall timed = call;
    for (int tried = 0;; ++tried) {
      auto token = co_await tokens_->load(timed.timeout, call.cancellation);
      if (!token) {
        auto failure = failure_of_transport(std::move(token.error()));
        const auto code = failure.error.code;
        failure.is_retryable = code == ErrorCode::Unavailable || code == ErrorCode::Timeout;
        co_return std::unexpected(std::move(failure));
      }
      endpoint.headers.set("Authorization", "Bearer " + *token);
      const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
      timed.timeout = std::max(call.timeout - used, Duration(1));
      auto result = co_await send(endpoint, timed, on_chunk);
      const bool is_token_refused = !result && result.error().status == 401;
      if (!is_token_refused || tried > 0) co_return result;
      tokens_->forget(*token);  // revoked before its end: once more with a new one
    }
  }

  OpenAiEndpoint endpoint_;
  std::string api_version_;
  std::optional<io::http::Origin> authority_;
  std::optional<RenewedToken> tokens_;
};

/// What proves who calls: options.auth.
Result<Auth> read_auth(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  const auto& option = options["auth"];
  if (!option.is_set() || option.text() == "api-key") {
    for (const auto* name : {"tenant", "client_id", "authority", "scope"}) {
      if (!options[name].is_set()) continue;
      return std::unexpected(
          options[name].error(fmt::format("{} is for auth: entra", name), "Set auth: entra, or leave it out."));
    }
    return Auth::Key;
  }
  if (option.text() == "entra") return Auth::Entra;
  if (option.text() != "bearer") {
    return std::unexpected(option.error(fmt::format("\"{}\" is no way to prove who calls", option.text()),
                                        "Use api-key, bearer or entra."));
  }
  if (parts.api_key.empty()) {
    return std::unexpected(
        option.error("auth: bearer needs api_key, which holds the token", "Set api_key, or leave auth out."));
  }
  return Auth::Bearer;
}

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

gateway::ProviderKindFacts azure_facts() {
  return {{}, {"api_version", "auth", "tenant", "client_id", "authority", "scope"}, {"client_secret"}};
}

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
  auto auth = read_auth(parts);
  if (!auth) return pass(auth);
  std::optional<EntraApplication> application;
  if (*auth == Auth::Entra) {
    auto read = read_entra_application(parts);
    if (!read) return pass(read);
    application = std::move(*read);
  }
  return std::make_unique<Azure>(parts, std::move(version), *auth, std::move(application));
}

}  // namespace millwright::extensions
