#include "api/authenticate.hpp"

#include <gtest/gtest.h>

namespace millwright::api {
namespace {

Caller with_role(identity::Role role) {
  Caller caller;
  caller.kind = Caller::Kind::Session;
  caller.role = role;
  return caller;
}

Caller with_key() {
  Caller caller;
  caller.kind = Caller::Kind::Key;
  caller.principal = std::make_shared<identity::Principal>();
  return caller;
}

TEST(Authorize, EveryRoleAgainstEveryAccess) {
  using enum identity::Role;
  const std::vector<Access> accesses{Access::Viewer, Access::Approver, Access::Owner, Access::Admin};
  const std::vector<identity::Role> roles{Viewer, Approver, Owner, Admin};
  for (std::size_t role = 0; role < roles.size(); ++role) {
    for (std::size_t access = 0; access < accesses.size(); ++access) {
      EXPECT_EQ(authorize(with_role(roles[role]), accesses[access]).has_value(), role >= access)
          << identity::role_name(roles[role]) << " " << access_name(accesses[access]);
    }
    EXPECT_TRUE(authorize(with_role(roles[role]), Access::Key));
  }
}

TEST(Authorize, KeysReachOnlyWhatIsForKeys) {
  EXPECT_TRUE(authorize(with_key(), Access::Key));
  for (const auto access : {Access::Viewer, Access::Approver, Access::Owner, Access::Admin}) {
    const auto allowed = authorize(with_key(), access);
    ASSERT_FALSE(allowed);
    EXPECT_EQ(allowed.error().code, ErrorCode::Forbidden);
  }
}

TEST(Authorize, AnonymousIsUnauthenticatedEverywhereElse) {
  EXPECT_TRUE(authorize(Caller(), Access::Public));
  for (const auto access : {Access::Key, Access::Viewer, Access::Approver, Access::Owner, Access::Admin}) {
    const auto allowed = authorize(Caller(), access);
    ASSERT_FALSE(allowed);
    EXPECT_EQ(allowed.error().code, ErrorCode::Unauthenticated);
  }
}

TEST(Credentials, BearerAndApiKey) {
  io::http::Request request;
  EXPECT_EQ(bearer_token(request), "");
  request.headers.set("x-api-key", " mw_b ");
  EXPECT_EQ(bearer_token(request), "mw_b");
  request.headers.set("authorization", "bearer  mw_a");
  EXPECT_EQ(bearer_token(request), "mw_a");
  request.headers.set("authorization", "Basic abc");
  EXPECT_EQ(bearer_token(request), "mw_b");
}

TEST(Credentials, CookieByItsWholeName) {
  io::http::Request request;
  request.headers.set("cookie", "a=1; xmw_session=no; mw_session=tok; b=2");
  EXPECT_EQ(cookie(request, session_cookie), "tok");
  EXPECT_EQ(cookie(request, "session"), "");
}

TEST(Credentials, SessionCookieIsClosedToScriptsAndOtherSites) {
  const auto header = session_cookie_header("tok", true);
  for (const auto part : {"mw_session=tok", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"}) {
    EXPECT_NE(header.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(session_cookie_header("tok", false).find("Secure"), std::string::npos);
  EXPECT_NE(session_cookie_header("", true).find("Max-Age=0"), std::string::npos);
}

}  // namespace
}  // namespace millwright::api
