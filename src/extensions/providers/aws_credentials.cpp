#include "extensions/providers/aws_credentials.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "extensions/providers/access_token.hpp"
#include "extensions/providers/aws_role.hpp"
#include "io/http/transport.hpp"

namespace millwright::extensions {
namespace {

constexpr std::string_view instance_address = "http://169.254.169.254";
constexpr std::string_view container_address = "http://169.254.170.2";
constexpr std::size_t file_bytes_max = 1u << 20;
constexpr std::chrono::minutes file_is_good_for{10};  // whatever writes it does so before what it wrote has ended

std::string variable(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return std::string(trimmed(value == nullptr ? "" : value));
}

std::string text_or(const config::Node& option, std::string otherwise) {
  return option.is_set() ? option.text() : std::move(otherwise);
}

bool is_whole(const AwsCredentials& keys) { return !keys.access_key_id.empty() && !keys.secret_access_key.empty(); }

std::unexpected<Error> at_credentials(const gateway::ProviderParts& parts, std::string message, std::string fix) {
  return std::unexpected(parts.config->options["credentials"].error(std::move(message), std::move(fix)));
}

Result<AwsCredentialSource> from_secrets(const gateway::ProviderParts& parts) {
  const auto secret = [&parts](std::string_view name) {
    const auto found = parts.secrets.find(name);
    return found == parts.secrets.end() ? std::string() : std::string(trimmed(found->second));
  };
  AwsCredentials keys{secret("access_key_id"), secret("secret_access_key"), secret("session_token")};
  if (is_whole(keys)) return AwsCredentialSource(std::move(keys));
  return fail(ErrorCode::InvalidConfig,
              "the provider {} of kind bedrock needs either secrets.access_key_id and secrets.secret_access_key or "
              "api_key, or options.credentials: environment, profile, container or instance",
              parts.config->name);
}

Result<AwsCredentialSource> from_environment(const gateway::ProviderParts& parts, const Environment& environment) {
  AwsCredentials keys{variable(environment, "AWS_ACCESS_KEY_ID"), variable(environment, "AWS_SECRET_ACCESS_KEY"),
                      variable(environment, "AWS_SESSION_TOKEN")};
  if (is_whole(keys)) return AwsCredentialSource(std::move(keys));
  return at_credentials(parts, "the environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                        "Set both where the server starts.");
}

Result<AwsCredentials> read_profile(const std::string& file, const std::string& profile) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorCode::InvalidConfig, "the credentials file {} cannot be read", file);
  std::string text(file_bytes_max, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse_aws_profile(text, profile);
}

/// A small local file, read on the loop once in five minutes.
io::Task<Result<RenewedCredentials::Fetched>> fetch_profile(std::string file, std::string profile, const Clock& clock) {
  auto keys = read_profile(file, profile);
  if (!keys) {
    keys.error().code = ErrorCode::UpstreamFailed;
    co_return pass(keys);
  }
  co_return RenewedCredentials::Fetched{std::move(*keys), clock.now() + file_is_good_for};
}

Result<AwsCredentialSource> from_profile(const gateway::ProviderParts& parts, const Environment& environment,
                                         const Clock& clock) {
  const auto& options = parts.config->options;
  const auto home = variable(environment, "HOME");
  auto file = variable(environment, "AWS_SHARED_CREDENTIALS_FILE");
  if (file.empty() && !home.empty()) file = home + "/.aws/credentials";
  file = text_or(options["credentials_file"], std::move(file));
  auto profile = variable(environment, "AWS_PROFILE");
  profile = text_or(options["profile"], profile.empty() ? "default" : std::move(profile));
  auto keys =
      file.empty() ? fail(ErrorCode::InvalidConfig, "there is no credentials file") : read_profile(file, profile);
  if (!keys) return at_credentials(parts, keys.error().message, "Set credentials_file and profile below options.");
  return AwsCredentialSource(RenewedCredentials(
                                 "the profile's credentials",
                                 [file, profile, &clock]() { return fetch_profile(file, profile, clock); }, clock),
                             {});
}

/// An address of this link is asked directly, whatever proxy the environment names.
Result<io::http::Origin> direct(io::http::Origin origin) {
  io::http::TransportOptions options;
  options.proxy_use = io::http::ProxyUse::Direct;
  auto transport = io::http::Transport::make(std::move(options));
  if (!transport) return pass(transport);
  origin.transport = std::move(*transport);
  return origin;
}

/// Credentials come in plain text only from this machine and from the addresses that AWS reserves for it.
bool may_be_plain(std::string_view host) {
  constexpr std::array<std::string_view, 5> reserved{"169.254.169.254", "169.254.170.2", "169.254.170.23",
                                                     "fd00:ec2::254", "fd00:ec2::23"};
  return is_this_machine(host) || std::ranges::find(reserved, host) != reserved.end();
}

Result<io::http::Origin> read_endpoint(const gateway::ProviderParts& parts, const std::string& url) {
  auto origin = io::http::Origin::parse(url);
  if (!origin)
    return at_credentials(parts, fmt::format("of the endpoint of the role, {}", origin.error().message),
                          origin.error().fix);
  if (!origin->is_tls && !may_be_plain(origin->host)) {
    return at_credentials(parts, fmt::format("the endpoint {} hands out credentials without TLS", origin->host),
                          "Use https, or an address that AWS reserves for this, as 169.254.169.254.");
  }
  return direct(std::move(*origin));
}

Result<AwsCredentialSource> from_container(const gateway::ProviderParts& parts, const Environment& environment,
                                           const Clock& clock) {
  const auto relative = variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  auto url = relative.empty() ? variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
                              : std::string(container_address) + relative;
  url = text_or(parts.config->options["credentials_endpoint"], std::move(url));
  if (url.empty()) {
    return at_credentials(parts, "the environment names no endpoint of a container's role",
                          "It is there in ECS and EKS: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI.");
  }
  const auto mark = url.find('?');
  auto origin = read_endpoint(parts, url.substr(0, mark));
  if (!origin) return pass(origin);
  ContainerEndpoint endpoint;
  endpoint.path = std::exchange(origin->base_path, {}) + (mark == std::string::npos ? "" : url.substr(mark));
  endpoint.origin = *origin;
  endpoint.token = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  endpoint.token_file = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (endpoint.token.find_first_of("\r\n") != std::string::npos) {
    return at_credentials(parts, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break", "Set it without.");
  }
  return AwsCredentialSource(make_container_credentials(std::move(endpoint), *parts.client, clock),
                             {std::move(*origin)});
}

Result<AwsCredentialSource> from_instance(const gateway::ProviderParts& parts, const Clock& clock) {
  auto origin =
      read_endpoint(parts, text_or(parts.config->options["credentials_endpoint"], std::string(instance_address)));
  if (!origin) return pass(origin);
  origin->base_path.clear();
  return AwsCredentialSource(make_instance_credentials(*origin, *parts.client, clock), {*origin});
}

}  // namespace

io::Task<Result<AwsCredentials>> AwsCredentialSource::load(Duration timeout,
                                                           const io::http::Cancellation* cancellation) {
  if (!renewed_) co_return fixed_;
  auto loaded = co_await renewed_->load(timeout, cancellation);
  co_return loaded;
}

bool AwsCredentialSource::forget(const AwsCredentials& credentials) {
  if (renewed_) renewed_->forget(credentials);
  return renewed_.has_value();
}

Result<AwsCredentials> parse_aws_profile(std::string_view text, std::string_view profile) {
  AwsCredentials keys;
  bool is_here = false, is_found = false;
  for (const auto raw : split(text, '\n')) {
    const auto line = trimmed(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      is_here = trimmed(line.substr(1, line.find(']') - 1)) == profile;
      is_found = is_found || is_here;
      continue;
    }
    const auto equals = line.find('=');
    if (!is_here || equals == std::string_view::npos) continue;
    const auto name = to_lower_ascii(trimmed(line.substr(0, equals)));
    const auto value = trimmed(line.substr(equals + 1));
    if (name == "aws_access_key_id") keys.access_key_id = value;
    if (name == "aws_secret_access_key") keys.secret_access_key = value;
    if (name == "aws_session_token") keys.session_token = value;
  }
  if (is_whole(keys)) return keys;
  return fail(ErrorCode::InvalidConfig, "the credentials file has {} \"{}\"",
              is_found ? "no aws_access_key_id and aws_secret_access_key in the profile" : "no profile",
              utf8_prefix(profile, 64));
}

Result<RenewedCredentials::Fetched> parse_role_credentials(std::string_view body) {
  auto parsed = parse_json_object(body, {64u << 10, 8});
  if (!parsed) return fail(ErrorCode::UpstreamFailed, "the endpoint of the role answered something that is no JSON");
  RenewedCredentials::Fetched fetched;
  fetched.value = {std::string(string_member(*parsed, "AccessKeyId")),
                   std::string(string_member(*parsed, "SecretAccessKey")),
                   std::string(string_member(*parsed, "Token"))};
  const auto end = parse_time(std::string(string_member(*parsed, "Expiration")));
  const auto code = string_member(*parsed, "Code");
  if (!is_whole(fetched.value) || !end || (!code.empty() && code != "Success")) {
    return fail(ErrorCode::UpstreamFailed, "the endpoint of the role gave no credentials{}{}", code.empty() ? "" : ": ",
                utf8_prefix(code, 64));
  }
  fetched.end = *end;
  return fetched;
}

Result<AwsCredentialSource> make_aws_credentials(const gateway::ProviderParts& parts, const Environment& environment,
                                                 const Clock& clock) {
  const auto& options = parts.config->options;
  const auto from = text_or(options["credentials"], "secrets");
  if (from != "secrets" && !parts.secrets.empty()) {
    return at_credentials(parts, fmt::format("credentials: {} and secrets exclude each other", from), "Leave one out.");
  }
  if (from != "profile") {
    for (const auto* name : {"profile", "credentials_file"}) {
      if (!options[name].is_set()) continue;
      return std::unexpected(options[name].error(fmt::format("{} is for credentials: profile", name), "Leave it out."));
    }
  }
  if (from == "secrets") return from_secrets(parts);
  if (from == "environment") return from_environment(parts, environment);
  if (from == "profile") return from_profile(parts, environment, clock);
  if (from == "container") return from_container(parts, environment, clock);
  if (from == "instance") return from_instance(parts, clock);
  return at_credentials(parts, fmt::format("\"{}\" is no place of credentials", utf8_prefix(from, 64)),
                        "Use secrets, environment, profile, container or instance.");
}

}  // namespace millwright::extensions
