// Who calls, and may they: the two questions the router asks before any handler runs.
#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"
#include "api/route.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "features/identity/identity.hpp"

namespace millwright::api {

inline constexpr std::string_view session_cookie = "mw_session";
inline constexpr std::string_view csrf_header = "x-csrf-token";

/// The caller of a request; Anonymous when it shows no credentials, Unauthenticated when those it shows are wrong.
/// Blocks (sessions are rows). A cookie with an unsafe verb needs the session's CSRF token: Forbidden without it.
[[nodiscard]] Result<Caller> authenticate(const io::http::Request& request, identity::Keys& keys,
                                          identity::Users& users, Timestamp now);

/// Unauthenticated for anonymous callers, Forbidden (naming who can) for those without the right.
[[nodiscard]] Result<void> authorize(const Caller& caller, Access access);

/// "Bearer X" or x-api-key: X; empty when neither is there.
[[nodiscard]] std::string_view bearer_token(const io::http::Request& request);
/// Value of one cookie; empty when absent.
[[nodiscard]] std::string_view cookie(const io::http::Request& request, std::string_view name);
/// Set-Cookie for a session; an empty token ends it.
[[nodiscard]] std::string session_cookie_header(std::string_view token, bool is_secure);

}  // namespace millwright::api
