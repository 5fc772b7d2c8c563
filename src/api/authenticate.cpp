#include "api/authenticate.hpp"

#include <pwd.h>
#include <unistd.h>

#include "base/text.hpp"

namespace millwright::api {

namespace {

bool is_safe(io::http::Method method) {
  using enum io::http::Method;
  return method == Get || method == Head || method == Options;
}

std::unexpected<Error> refuse(ErrorCode code, std::string message, std::string rule, std::string fix) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.rule = std::move(rule);
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

/// The system's name of whoever runs this process: only they can open the control socket.
std::string local_user() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return std::to_string(geteuid());
}

Result<Caller> by_key(std::string_view secret, identity::Keys& keys, Timestamp now) {
  const auto ring = keys.ring();
  const auto* principal = ring->find(secret);
  if (principal == nullptr) {
    return refuse(ErrorCode::Unauthenticated, "the API key is unknown or revoked", "key",
                  "make one with: millwright key create --use-case NAME");
  }
  if (principal->is_expired(now)) {
    return refuse(ErrorCode::Unauthenticated, "the API key has expired", "key.expires", "make a new key");
  }
  Caller caller;
  caller.kind = Caller::Kind::Key;
  caller.name = "key/" + principal->key_name;
  caller.principal = std::shared_ptr<const identity::Principal>(ring, principal);
  return caller;
}

Result<Caller> by_session(std::string_view token, identity::Users& users) {
  auto signed_in = users.authenticate(token);
  if (!signed_in) return pass(signed_in);
  Caller caller;
  caller.kind = Caller::Kind::Session;
  caller.name = "user/" + signed_in->user.name;
  caller.role = signed_in->user.role;
  caller.signed_in = std::move(*signed_in);
  caller.session_token = token;
  return caller;
}

Result<Caller> by_cookie(const io::http::Request& request, std::string_view token, identity::Users& users) {
  auto caller = by_session(token, users);
  if (!caller || is_safe(request.method)) return caller;
  if (!identity::csrf_matches(*caller->signed_in, request.headers.find(csrf_header))) {
    return refuse(ErrorCode::Forbidden, "a request that changes something needs the session's CSRF token", "csrf",
                  "send the csrf_token of GET /api/v1/session in the header x-csrf-token");
  }
  return caller;
}

identity::Role role_for(Access access) {
  switch (access) {
    case Access::Viewer: return identity::Role::Viewer;
    case Access::Approver: return identity::Role::Approver;
    case Access::Owner: return identity::Role::Owner;
    default: return identity::Role::Admin;
  }
}

}  // namespace

std::string_view bearer_token(const io::http::Request& request) {
  const auto authorization = request.headers.find("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() > scheme.size() && equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
    return trimmed(authorization.substr(scheme.size()));
  }
  return trimmed(request.headers.find("x-api-key"));
}

std::string_view cookie(const io::http::Request& request, std::string_view name) {
  for (const auto part : split(request.headers.find("cookie"), ';')) {
    const auto pair = trimmed(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

std::string session_cookie_header(std::string_view token, bool is_secure) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", session_cookie, token, is_secure ? "; Secure" : "",
                     token.empty() ? "; Max-Age=0" : "");
}

Result<Caller> authenticate(const io::http::Request& request, identity::Keys& keys, identity::Users& users,
                            Timestamp now) {
  if (request.is_local_owner) {
    Caller caller;
    caller.kind = Caller::Kind::Local;
    caller.name = "local:" + local_user();
    caller.role = identity::Role::Admin;
    return caller;
  }
  if (const auto token = bearer_token(request); !token.empty()) {
    return token.starts_with("mw_") ? by_key(token, keys, now) : by_session(token, users);
  }
  if (request.headers.has("authorization")) {
    return refuse(ErrorCode::Unauthenticated, "the Authorization header is not of the form \"Bearer TOKEN\"",
                  "authorization", "send: Authorization: Bearer TOKEN");
  }
  if (const auto token = cookie(request, session_cookie); !token.empty()) return by_cookie(request, token, users);
  return Caller{};
}

Result<void> authorize(const Caller& caller, Access access) {
  if (access == Access::Public || access == Access::Surface) return {};
  if (caller.kind == Caller::Kind::Anonymous) {
    return refuse(ErrorCode::Unauthenticated, "this needs somebody signed in, or a key", "access",
                  "sign in, or send a key as: Authorization: Bearer mw_…");
  }
  if (access == Access::Key) return {};
  if (caller.kind == Caller::Kind::Key) {
    return refuse(ErrorCode::Forbidden, "an API key may not do this", "access." + std::string(access_name(access)),
                  fmt::format("sign in as {} or above", access_name(access)));
  }
  if (!caller.is_at_least(role_for(access))) {
    return refuse(ErrorCode::Forbidden, fmt::format("this needs the role {} or above", access_name(access)),
                  "access." + std::string(access_name(access)), "ask an administrator for the role");
  }
  return {};
}

}  // namespace millwright::api
