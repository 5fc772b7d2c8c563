// Signed calls of Amazon Bedrock's runtime over HTTP.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "extensions/providers/aws_credentials.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Where the runtime answers, and what proves that one may call it: a bearer key, or credentials that sign.
struct BedrockEndpoint {
  std::string provider;  // its name, for errors
  io::http::Origin origin;
  std::string region;
  std::string signed_host;  // as it reaches AWS, when something in front of it changes the Host header; else empty
  std::string bearer;       // instead of credentials
  std::optional<AwsCredentialSource> credentials;
  io::http::Headers headers;
  io::http::Client* client = nullptr;
};

/// Thread-safe. Learns from AWS how far its clock and ours are apart.
class BedrockWire {
 public:
  explicit BedrockWire(BedrockEndpoint endpoint) : endpoint_(std::move(endpoint)) {}

  /// Posts a body to "/model/ID/VERB" and gives the response once its status is a success. A refusal because of the clock
  /// is tried once more with the time that AWS itself names, one because credentials have ended once more with new ones. The
  /// whole takes at most the call's timeout.
  [[nodiscard]] io::Task<std::expected<std::unique_ptr<io::http::ClientResponse>, gateway::ProviderFailure>> post(
      const gateway::ProviderCall& call, std::string_view verb, std::string body);
  /// Pass-through: a caller's own request with this endpoint's headers, signed as it stands. InvalidInput for a query, which
  /// the runtime has none of. `request` is signed with the clock as it is known; a refusal is the caller's to see.
  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation);
  [[nodiscard]] const BedrockEndpoint& endpoint() const { return endpoint_; }

 private:
  [[nodiscard]] io::http::ClientRequest make_request(const gateway::ProviderCall& call, std::string_view verb,
                                                     std::string body, const AwsCredentials& keys) const;
  void sign(io::http::ClientRequest& request, const AwsCredentials& keys) const;
  [[nodiscard]] io::Task<Result<AwsCredentials>> load_keys(Duration timeout, const io::http::Cancellation* cancellation);
  [[nodiscard]] bool has_learned_time(const gateway::ProviderFailure& failure, const io::http::Headers& headers);

  BedrockEndpoint endpoint_;
  std::atomic<std::int64_t> clock_offset_us_{0};  // AWS's clock minus ours
};

/// "/model/us.anthropic.claude-…-v1%3A0/converse".
[[nodiscard]] std::string bedrock_path(std::string_view model_id, std::string_view verb);

}  // namespace millwright::extensions
