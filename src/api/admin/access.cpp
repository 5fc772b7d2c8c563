// Set-up, sign-in, sign-out, who am I, and the set-up link.
#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "api/authenticate.hpp"
#include "api/fields.hpp"
#include "base/text.hpp"
#include "features/identity/identity.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object session_json(const identity::SignedIn& signed_in) {
  return {{"user", signed_in.user.name},
          {"role", identity::role_name(signed_in.user.role)},
          {"groups", texts_json(signed_in.user.groups)},
          {"team", signed_in.user.team},
          {"csrf_token", signed_in.csrf_token},
          {"expires_at", time_json(signed_in.expires_at)},
          {"is_local", false}};
}

/// The cookie for browsers; the token in the body only for those that ask for it (command lines).
Response signed_in_answer(const Call& call, const identity::NewSession& session) {
  auto body = session_json(session.signed_in);
  if (call.request.headers.find("x-millwright-token") == "1") body["token"] = session.token;
  auto response = created(body);
  response.headers.set("set-cookie", session_cookie_header(session.token, call.request.is_secure));
  return response;
}

/// The address of the client without its port, for throttling.
std::string origin_of(const io::http::Request& request) {
  const auto colon = request.peer.rfind(':');
  return request.peer.substr(0, colon);
}

Result<Response> get_setup(const AccessParts& parts, const Call&) {
  const auto has_admin = parts.users->has_admin();
  if (!has_admin) return std::unexpected(has_admin.error());
  return json_answer(json::object{{"needs_setup", !*has_admin}, {"version", parts.version}});
}

Result<Response> finish_setup(const AccessParts& parts, const Call& call) {
  Body body(call.request, {"token", "email", "name", "password"});
  const auto token = body.text("token");
  const auto password = body.text("password");
  const auto email = body.text_or("email", {});
  const auto name = email.empty() ? body.text("name") : to_lower_ascii(email);
  if (auto ok = body.check(); !ok) return pass(ok);
  auto session = parts.users->finish_setup(token, name, password);
  if (!session) return pass(session);
  return signed_in_answer(call, *session);
}

Result<Response> sign_in(const AccessParts& parts, const Call& call) {
  Body body(call.request, {"name", "password"});
  const auto name = to_lower_ascii(body.text("name"));
  const auto password = body.text("password");
  if (auto ok = body.check(); !ok) return pass(ok);
  auto session = parts.users->sign_in(name, password, origin_of(call.request));
  if (!session) return pass(session);
  return signed_in_answer(call, *session);
}

Result<Response> get_session(const AccessParts&, const Call& call) {
  if (call.caller.signed_in) return json_answer(session_json(*call.caller.signed_in));
  return json_answer(json::object{{"user", call.caller.name},
                                  {"role", "admin"},
                                  {"groups", json::array()},
                                  {"team", ""},
                                  {"csrf_token", ""},
                                  {"expires_at", nullptr},
                                  {"is_local", true}});
}

Result<Response> sign_out(const AccessParts& parts, const Call& call) {
  if (!call.caller.session_token.empty()) {
    auto done = parts.users->sign_out(call.caller.session_token);
    if (!done) return pass(done);
  }
  auto response = no_content();
  response.headers.set("set-cookie", session_cookie_header({}, call.request.is_secure));
  return response;
}

Result<Response> create_setup_link(const AccessParts& parts, const Call&) {
  const auto token = parts.users->create_setup_link(parts.setup_link_ttl);
  if (!token) return std::unexpected(token.error());
  return created(json::object{{"url", fmt::format("{}/setup?token={}", parts.public_url(), *token)},
                              {"token", *token},
                              {"expires_at", render_time(parts.clock->now() + parts.setup_link_ttl)}});
}

}  // namespace

Routes access_routes(const AccessParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/setup", Access::Public, get_setup, parts),
      row(Post, "/api/v1/setup", Access::Public, finish_setup, parts),
      row(Post, "/api/v1/session", Access::Public, sign_in, parts),
      row(Get, "/api/v1/session", Access::Viewer, get_session, parts),
      row(Delete, "/api/v1/session", Access::Viewer, sign_out, parts),
      row(Post, "/api/v1/setup-link", Access::Admin, create_setup_link, parts),
  };
}

}  // namespace millwright::api
