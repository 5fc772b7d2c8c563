#include "extensions/providers/vertex.hpp"

#include <algorithm>
#include <cctype>

#include "extensions/providers/gemini_failure.hpp"
#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_wire.hpp"
#include "extensions/providers/google_token.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::ProviderCall;
using gateway::ProviderResult;

constexpr std::string_view usual_host = "aiplatform.googleapis.com";

class Vertex final : public gateway::Provider {
 public:
  Vertex(const gateway::ProviderParts& parts, GoogleKey key, std::string project, std::string location)
      : tokens_(std::move(key), *parts.client, system_clock()),
        project_(std::move(project)),
        location_(std::move(location)) {
    endpoint_.provider = parts.config->name;
    endpoint_.origin = parts.config->origin;
    if (endpoint_.origin.host == usual_host) endpoint_.origin.host = vertex_host(location_);
    endpoint_.client = parts.client;
    endpoint_.headers.add("Content-Type", "application/json");
    for (const auto& [name, value] : parts.config->headers) endpoint_.headers.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "vertex"; }

  [[nodiscard]] std::vector<io::http::Origin> further_origins() const override {
    return {endpoint_.origin, tokens_.key().token_origin()};
  }

  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall& call, const gateway::OnChunk& on_chunk) override {
    const auto started = std::chrono::steady_clock::now();
    GeminiEndpoint endpoint = endpoint_;
    endpoint.model_path = vertex_model_path(project_, location_, call.model->id);
    ProviderCall timed = call;
    for (int tried = 0;; ++tried) {
      auto token = co_await tokens_.load(timed.timeout, call.cancellation);
      if (!token) {
        auto failure = failure_of_transport(std::move(token.error()));
        const auto code = failure.error.code;
        failure.is_retryable = code == ErrorCode::Unavailable || code == ErrorCode::Timeout;
        co_return std::unexpected(std::move(failure));
      }
      endpoint.headers.set("Authorization", "Bearer " + *token);
      const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
      timed.timeout = std::max(call.timeout - used, Duration(1));
      auto result = co_await call_gemini(endpoint, timed, on_chunk);
      const bool is_token_refused = !result && result.error().status == 401;
      if (!is_token_refused || tried > 0) co_return result;
      tokens_.forget(*token);  // revoked before its end: once more with a new one
    }
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    auto token = co_await tokens_.load(timeout, cancellation);
    if (!token) co_return pass(token);
    put_credentials(endpoint_.headers, request.headers);
    request.headers.set("Authorization", "Bearer " + *token);
    auto response = co_await endpoint_.client->send(endpoint_.origin, std::move(request), timeout, cancellation);
    if (response && (*response)->status() == 401) tokens_.forget(*token);
    co_return response;
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_gemini_raw_usage(path, answer, usage);
  }

 private:
  GeminiEndpoint endpoint_;
  GoogleTokens tokens_;
  std::string project_, location_;
};

/// Letters, digits, '-', and in a project also '.' and ':'.
bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || more.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string vertex_host(std::string_view location) {
  if (location == "global") return std::string(usual_host);
  if (location == "eu" || location == "us") return fmt::format("aiplatform.{}.rep.googleapis.com", location);
  return fmt::format("{}-{}", location, usual_host);
}

std::string vertex_model_path(std::string_view project, std::string_view location, std::string_view id) {
  const auto path = gemini_model_path(id);
  if (path.starts_with("projects/")) return "/" + path;
  const bool is_below_location = path.starts_with("endpoints/") || path.starts_with("publishers/");
  return fmt::format("/projects/{}/locations/{}/{}{}", project, location, is_below_location ? "" : "publishers/google/",
                     path);
}

Result<std::unique_ptr<gateway::Provider>> make_vertex(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  const auto& location = options["location"].text();
  if (!is_name(location, "")) {
    return std::unexpected((location.empty() ? options : options["location"])
                               .error(fmt::format("the provider {} needs a location", parts.config->name),
                                      "Set options.location, as in europe-west4; global where that does not matter."));
  }
  if (!parts.api_key.empty()) {
    return fail(ErrorCode::InvalidConfig, "the provider {} of kind vertex takes secrets.service_account, not api_key",
                parts.config->name);
  }
  const auto secret = parts.secrets.find("service_account");
  if (secret == parts.secrets.end()) {
    return fail(ErrorCode::InvalidConfig, "the provider {} of kind vertex needs secrets.service_account",
                parts.config->name);
  }
  auto key = GoogleKey::parse(secret->second);
  if (!key) {
    key.error().message = fmt::format("the provider {}: {}", parts.config->name, key.error().message);
    return pass(key);
  }
  std::string project = options["project"].is_set() ? options["project"].text() : key->project();
  if (!is_name(project, ".:")) {
    return std::unexpected(options.error(fmt::format("the provider {} needs a project", parts.config->name),
                                         "Set options.project to the id of the Google Cloud project."));
  }
  return std::make_unique<Vertex>(parts, std::move(*key), std::move(project), location);
}

}  // namespace millwright::extensions
