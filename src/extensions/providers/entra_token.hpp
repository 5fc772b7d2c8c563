// Tokens of Microsoft Entra ID for an application with a secret of its own (OAuth 2.0 client credentials), as Azure
// takes them in place of a key. Source:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
#pragma once

#include <string>

#include "extensions/providers/access_token.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Who asks, and where.
struct EntraApplication {
  io::http::Origin authority;  // https, unless it is on this machine
  std::string tenant, client_id, client_secret, scope;
};

/// From options.tenant, .client_id, .authority and .scope, and secrets.client_secret. InvalidConfig names what is
/// missing or wrong, at its place.
[[nodiscard]] Result<EntraApplication> read_entra_application(const gateway::ProviderParts& parts);

/// "/TENANT/oauth2/v2.0/token", and the form that is posted there.
[[nodiscard]] std::string entra_token_path(const EntraApplication& application);
[[nodiscard]] std::string entra_token_form(const EntraApplication& application);

/// `client` and `clock` outlive the last call.
[[nodiscard]] RenewedToken make_entra_tokens(EntraApplication application, io::http::Client& client,
                                             const Clock& clock);

}  // namespace millwright::extensions
