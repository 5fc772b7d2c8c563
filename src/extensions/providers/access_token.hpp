// Access tokens as OAuth 2.0 hands them out (RFC 6749): the request for one, and its answer.
#pragma once

#include <string>
#include <string_view>

#include "extensions/providers/renewed.hpp"

namespace millwright::extensions {

using RenewedToken = Renewed<std::string>;

/// Posts a form to a token endpoint. `owner` is said in errors, "the service account", with the code of a refusal and
/// nothing else of it; `fix` says what to do about one. Errors: Unavailable or Timeout (try again), UpstreamFailed
/// (refused). `client` outlives the call.
[[nodiscard]] io::Task<Result<RenewedToken::Fetched>> request_access_token(io::http::Client& client,
                                                                           io::http::Origin origin, std::string path,
                                                                           std::string form, std::string owner,
                                                                           std::string fix, const Clock& clock);

/// localhost, ::1, 127.…: where tokens may be had without TLS.
[[nodiscard]] bool is_this_machine(std::string_view host);

}  // namespace millwright::extensions
