// Where the credentials that sign AWS calls come from: the configuration, the environment, a profile of the shared
// credentials file, or the role of this container or machine. Sources:
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html (IMDSv2)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/providers/aws_signature.hpp"
#include "extensions/providers/renewed.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

using RenewedCredentials = Renewed<AwsCredentials>;

/// Thread-safe. Copies share what is renewed.
class AwsCredentialSource {
 public:
  explicit AwsCredentialSource(AwsCredentials fixed) : fixed_(std::move(fixed)) {}
  AwsCredentialSource(RenewedCredentials renewed, std::vector<io::http::Origin> origins)
      : renewed_(std::move(renewed)), origins_(std::move(origins)) {}

  /// As Renewed::load; at once for those that do not change.
  [[nodiscard]] io::Task<Result<AwsCredentials>> load(Duration timeout, const io::http::Cancellation* cancellation);
  /// AWS no longer takes them. Whether others may be had.
  [[nodiscard]] bool forget(const AwsCredentials& credentials);
  /// The endpoint of a role: an address of this link, opened for this and nothing else.
  [[nodiscard]] const std::vector<io::http::Origin>& origins() const { return origins_; }

 private:
  AwsCredentials fixed_;
  std::optional<RenewedCredentials> renewed_;
  std::vector<io::http::Origin> origins_;
};

/// Reads a variable of the environment; nullptr when it is not set.
using Environment = std::function<const char*(const char*)>;

/// By options.credentials: secrets (what stands for nothing), environment, profile, container, instance; with
/// options.profile, .credentials_file and .credentials_endpoint. InvalidConfig names what is missing, at its place. The
/// client and `clock` outlive the last call.
[[nodiscard]] Result<AwsCredentialSource> make_aws_credentials(const gateway::ProviderParts& parts,
                                                               const Environment& environment, const Clock& clock);

/// A profile in the text of a shared credentials file. InvalidConfig names the profile and what it lacks, never values.
[[nodiscard]] Result<AwsCredentials> parse_aws_profile(std::string_view text, std::string_view profile);
/// What a role's endpoint answers: {AccessKeyId, SecretAccessKey, Token, Expiration}. UpstreamFailed for anything else.
[[nodiscard]] Result<RenewedCredentials::Fetched> parse_role_credentials(std::string_view body);

}  // namespace millwright::extensions
