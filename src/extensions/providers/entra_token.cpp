#include "extensions/providers/entra_token.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "extensions/providers/percent.hpp"

namespace millwright::extensions {
namespace {

constexpr std::string_view usual_authority = "https://login.microsoftonline.com";
constexpr std::string_view usual_scope = "https://cognitiveservices.azure.com/.default";

/// A GUID, or a domain: what may stand in a path as it is.
bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
  });
}

std::string text_or(const config::Node& option, std::string_view otherwise) {
  return option.is_set() ? option.text() : std::string(otherwise);
}

Result<io::http::Origin> read_authority(const config::Node& option) {
  auto origin = io::http::Origin::parse(text_or(option, usual_authority));
  if (!origin) return std::unexpected(option.error(origin.error().message, origin.error().fix));
  if (!origin->is_tls && !is_this_machine(origin->host)) {
    return std::unexpected(option.error("the authority must be reached by https: a secret is sent to it",
                                        "Use https://login.microsoftonline.com or that of your cloud."));
  }
  return origin;
}

io::Task<Result<RenewedToken::Fetched>> request_token(std::shared_ptr<const EntraApplication> application,
                                                      io::http::Client& client, const Clock& clock) {
  auto origin = application->authority;
  origin.base_path.clear();
  auto token = co_await request_access_token(client, std::move(origin), entra_token_path(*application),
                                             entra_token_form(*application), "the application",
                                             "An administrator must check tenant, client_id and client_secret.", clock);
  co_return token;
}

}  // namespace

std::string entra_token_path(const EntraApplication& application) {
  return fmt::format("{}/{}/oauth2/v2.0/token", application.authority.base_path, application.tenant);
}

std::string entra_token_form(const EntraApplication& application) {
  return fmt::format("grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
                     percent_encoded(application.client_id), percent_encoded(application.client_secret),
                     percent_encoded(application.scope));
}

Result<EntraApplication> read_entra_application(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  if (!parts.api_key.empty()) {
    return std::unexpected(options["auth"].error("auth: entra gets its tokens itself and takes no api_key",
                                                 "Leave api_key out, or use auth: bearer with a token of your own."));
  }
  EntraApplication application;
  for (const auto& [name, member] :
       {std::pair{"tenant", &EntraApplication::tenant}, std::pair{"client_id", &EntraApplication::client_id}}) {
    application.*member = options[name].text();
    if (is_identifier(application.*member)) continue;
    return std::unexpected((options[name].is_set() ? options[name] : options)
                               .error(fmt::format("auth: entra needs options.{}, a GUID or a domain", name),
                                      "It stands on the overview page of the application in Entra ID."));
  }
  const auto secret = parts.secrets.find("client_secret");
  application.client_secret = secret == parts.secrets.end() ? std::string() : std::string(trimmed(secret->second));
  if (application.client_secret.empty()) {
    return fail(ErrorCode::InvalidConfig, "the provider {} with auth: entra needs secrets.client_secret",
                parts.config->name);
  }
  application.scope = text_or(options["scope"], usual_scope);
  auto authority = read_authority(options["authority"]);
  if (!authority) return pass(authority);
  application.authority = std::move(*authority);
  return application;
}

RenewedToken make_entra_tokens(EntraApplication application, io::http::Client& client, const Clock& clock) {
  auto shared = std::make_shared<const EntraApplication>(std::move(application));
  return {"the application's token", [shared, &client, &clock]() { return request_token(shared, client, clock); },
          clock};
}

}  // namespace millwright::extensions
