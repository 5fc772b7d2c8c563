// The control API as a whole, black box: the route table is the document, nothing is open that should not be, and the
// boundary answers bad requests clearly.
#include <gtest/gtest.h>

#include "api/ops/groups.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

using api::Access;
using identity::Role;
using io::http::Method;

std::string verb_of(Method method) { return to_lower_ascii(io::http::method_name(method)); }

/// "{id}" and the like become a name that nothing has.
std::string concrete(std::string pattern) {
  for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
    pattern.replace(open, pattern.find('}', open) - open + 1, "00000000000000000000000000000000");
  }
  return pattern;
}

bool is_served(const api::Route& route) { return route.access != Access::Surface; }

class Surface : public testing::Test {
 protected:
  static void SetUpTestSuite() { running_ = std::make_unique<RunningFactory>(); }
  static void TearDownTestSuite() { running_.reset(); }
  static RunningFactory& running() { return *running_; }

 private:
  static std::unique_ptr<RunningFactory> running_;
};
std::unique_ptr<RunningFactory> Surface::running_;

TEST_F(Surface, RouteTableEqualsTheDocument) {
  std::map<std::string, std::string> documented;
  const auto document = parse_json(api::openapi_document());
  ASSERT_TRUE(document);
  for (const auto& path : document->at("paths").as_object()) {
    for (const auto& verb : path.value().as_object()) {
      const auto name = fmt::format("{} {}", std::string_view(verb.key()), std::string_view(path.key()));
      documented[name] = verb.value().at("x-millwright-access").as_string();
    }
  }
  std::map<std::string, std::string> served;
  for (const auto& route : running().factory().router->routes()) {
    if (is_served(route)) served[verb_of(route.method) + " " + route.pattern] = api::access_name(route.access);
  }
  EXPECT_EQ(served, documented);
}

TEST_F(Surface, NothingAnswersTheAnonymousButWhatIsPublic) {
  for (const auto& route : running().factory().router->routes()) {
    if (route.access == Access::Public) continue;
    const auto response = running().ask_as({}, route.method, concrete(route.pattern), "{}");
    EXPECT_EQ(response.status, 401) << route.pattern;
  }
}

TEST_F(Surface, EveryRouteAgainstEveryRole) {
  const std::vector<std::pair<Role, Access>> roles{{Role::Viewer, Access::Viewer},
                                                   {Role::Approver, Access::Approver},
                                                   {Role::Owner, Access::Owner},
                                                   {Role::Admin, Access::Admin}};
  for (const auto& route : running().factory().router->routes()) {
    const bool ends_session = route.method == Method::Delete && route.pattern == "/api/v1/session";
    if (!is_served(route) || ends_session) continue;
    for (const auto& [role, as_access] : roles) {
      const auto response = running().ask_as(running().token(role), route.method, concrete(route.pattern), "{}");
      const bool may = route.access <= as_access;
      if (may) {
        EXPECT_NE(response.status, 401) << route.pattern;
        EXPECT_NE(response.status, 403) << route.pattern << " " << identity::role_name(role);
        EXPECT_NE(response.status, 500) << route.pattern << " " << response.body;
      } else {
        EXPECT_EQ(response.status, 403) << route.pattern << " " << identity::role_name(role);
      }
    }
  }
}

TEST_F(Surface, ApiKeysReachOnlyWhatIsForKeys) {
  const auto key = running().factory().keys->create({.use_case = "helpdesk", .team = "it", .name = "surface"}, "test");
  ASSERT_TRUE(key) << describe(key.error());
  for (const auto& route : running().factory().router->routes()) {
    if (!is_served(route) || route.access == Access::Public) continue;
    const auto response = running().ask_as(key->secret, route.method, concrete(route.pattern), "{}");
    if (route.access == Access::Key) {
      EXPECT_NE(response.status, 401) << route.pattern;
    } else {
      EXPECT_EQ(response.status, 403) << route.pattern;
    }
  }
}

TEST_F(Surface, ACookieNeedsTheCsrfTokenToChangeAnything) {
  const auto session = running().sign_in(Role::Admin);
  Ask ask{Method::Post, "/api/v1/guard/scan", {}, R"({"text":"hello"})"};
  ask.headers.set("cookie", "mw_session=" + session.token);
  EXPECT_EQ(running().ask(ask).status, 403);
  ask.headers.set("x-csrf-token", "wrong");
  EXPECT_EQ(running().ask(ask).status, 403);
  ask.headers.set("x-csrf-token", session.signed_in.csrf_token);
  EXPECT_EQ(running().ask(ask).status, 200);
  Ask read{Method::Get, "/api/v1/session", {}, {}};
  read.headers.set("cookie", "mw_session=" + session.token);
  EXPECT_EQ(running().ask(read).status, 200);
}

TEST_F(Surface, SigningOutEndsTheSession) {
  const auto session = running().sign_in(Role::Viewer);
  EXPECT_EQ(running().ask_as(session.token, Method::Get, "/api/v1/session").status, 200);
  EXPECT_EQ(running().ask_as(session.token, Method::Delete, "/api/v1/session").status, 204);
  EXPECT_EQ(running().ask_as(session.token, Method::Get, "/api/v1/session").status, 401);
}

struct Story {
  Method method;
  const char* path;
  const char* body;
  int status;
  const char* must_contain;
};

class Boundary : public Surface, public testing::WithParamInterface<Story> {};

TEST_P(Boundary, AnswersClearly) {
  const auto& story = GetParam();
  const auto response = running().ask_as(running().token(Role::Admin), story.method, story.path, story.body);
  EXPECT_EQ(response.status, story.status) << response.body;
  EXPECT_NE(response.body.find(story.must_contain), std::string::npos) << response.body;
  EXPECT_TRUE(response.headers.has("x-request-id"));
  if (response.status >= 400) EXPECT_EQ(response.headers.find("content-type"), "application/problem+json");
}

INSTANTIATE_TEST_SUITE_P(
    Stories, Boundary,
    testing::Values(
        Story{Method::Get, "/api/v1/nothing", "", 404, "openapi.json"},
        Story{Method::Put, "/api/v1/keys", "", 405, "GET, HEAD, POST"},
        Story{Method::Get, "/api/v1/use-cases/helpdesc", "", 404, "helpdesk"},
        Story{Method::Post, "/api/v1/keys", "{", 400, "request body"},
        Story{Method::Post, "/api/v1/keys", R"({"use_cse":"helpdesk"})", 400, "use_case"},
        Story{Method::Post, "/api/v1/keys", R"({"rpm":0})", 400, "\"field\":\"rpm\""},
        Story{Method::Post, "/api/v1/keys", R"({"budget":"lots"})", 400, "5 USD"},
        Story{Method::Post, "/api/v1/keys", R"({"use_case":"none"})", 404, "use case"},
        Story{Method::Get, "/api/v1/traces?limit=0", "", 400, "limit"},
        Story{Method::Get, "/api/v1/traces?from=soon", "", 400, "from"},
        Story{Method::Get, "/api/v1/traces/zz", "", 400, "invalid_input"},
        Story{Method::Get, "/api/v1/costs?by=usecase", "", 400, "use_case"},
        Story{Method::Get, "/api/v1/costs?by=team,model", "", 200, "\"total\""},
        Story{Method::Get, "/api/v1/prices?vendor=anthropic&limit=2", "", 200, "claude-"},
        Story{Method::Get, "/api/v1/prices?cursor=x", "", 400, "cursor"},
        Story{Method::Get, "/api/v1/models/extractiv/prices", "", 404, "extractive"},
        Story{Method::Get, "/api/v1/models/extractive/prices", "", 200, "\"in_force\":true"},
        Story{Method::Post, "/api/v1/prices/import", R"({"a":1})", 400, "known format"},
        Story{Method::Post, "/api/v1/costs/rerate", "{}", 400, "\"field\":\"from\""},
        Story{Method::Post, "/api/v1/costs/rerate", R"({"from":"2026-01-01","dry_run":true})", 200, "difference_usd"},
        Story{Method::Post, "/api/v1/guard/scan", R"({"text":"mail ada@example.com"})", 200, "email"},
        Story{Method::Post, "/api/v1/routes/simulate", R"({"use_case":"helpdesk"})", 200, "\"model\":\"extractive\""},
        Story{Method::Post, "/api/v1/routes/simulate", R"({"use_case":"helpdesc"})", 404, "helpdesk"},
        Story{Method::Post, "/api/v1/routes/simulate", R"({"use_case":"helpdesk","needs":["sight"]})", 400, "vision"},
        Story{Method::Post, "/api/v1/routes/simulate", R"({"use_case":"helpdesk","headers":{"a":1}})", 400, "x-plan"},
        Story{Method::Post, "/api/v1/routes/simulate", R"({"use_case":"helpdesk","data_class":"secret"})", 400, "restricted"},
        Story{Method::Get, "/api/v1/routes/compare?use_case=helpdesk", "", 200, "\"items\":[]"},
        Story{Method::Get, "/api/v1/routes/compare", "", 400, "use_case"},
        Story{Method::Get, "/api/v1/routes/compare?use_case=helpdesc", "", 404, "helpdesk"},
        Story{Method::Post, "/api/v1/config/validate", R"({"text":"use_cses: []"})", 200, "use_cases"},
        Story{Method::Get, "/api/v1/config", "", 200, "use_cases/helpdesk"},
        Story{Method::Post, "/api/v1/config/plan", R"({"adopt":"use_cases/helpdesc"})", 404, "use_cases/helpdesk"},
        Story{Method::Post, "/api/v1/config/adopt", R"({"object":"server"})", 409, "no list of objects"},
        Story{Method::Post, "/api/v1/config/release", R"({"object":"use_cases/helpdesk"})", 409,
              "millwright.yaml, line"},
        Story{Method::Post, "/api/v1/config/release", R"({"object":"use_cases/helpdesk","file":"../x"})", 400,
              "not the name"},
        Story{Method::Get, "/api/v1/config/export?owner=console", "", 200, ""},
        Story{Method::Get, "/api/v1/config/export?owner=me", "", 400, "console"},
        Story{Method::Post, "/api/v1/doctor/fix", "", 200, "is_mended"},
        Story{Method::Get, "/api/v1/jobs", "", 200, "\"items\":[]"},
        Story{Method::Post, "/api/v1/advice/strategy", R"({"has_changing_knowledge":true})", 200, "retrieve"},
        Story{Method::Post, "/api/v1/advice/strategy", R"({"has_changing_knowlege":true})", 400,
              "has_changing_knowledge"},
        Story{Method::Post, "/api/v1/datasets/none/corpus", "{}", 404, "dataset"},
        Story{Method::Get, "/api/v1/corpora/zz", "", 400, "invalid_input"},
        Story{Method::Get, "/api/v1/home", "", 200, "first_run"},
        Story{Method::Get, "/api/v1/doctor", "", 200, "checks"},
        Story{Method::Get, "/api/v1/status", "", 200, "uptime_s"}, Story{Method::Get, "/readyz", "", 200, "true"},
        Story{Method::Get, "/metrics", "", 200, "millwright_resident_bytes"},
        Story{Method::Get, "/openapi.json", "", 200, "3.1.0"}));

TEST_F(Surface, AnIdempotencyKeyMakesOneKey) {
  const auto make = [](std::string body) {
    Ask ask{Method::Post, "/api/v1/keys", {}, std::move(body)};
    ask.headers.set("authorization", "Bearer " + running().token(Role::Owner));
    ask.headers.set("idempotency-key", "only-once");
    return running().ask(ask);
  };
  const auto first = make(R"({"name":"once"})");
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(make(R"({"name":"once"})").body, first.body);
  EXPECT_EQ(make(R"({"name":"twice"})").status, 409);
}

TEST_F(Surface, PausingStopsAUseCaseUntilItIsResumed) {
  const auto& owner = running().token(Role::Owner);
  const auto path = [](std::string_view step) { return fmt::format("/api/v1/use-cases/helpdesk/{}", step); };
  const auto ask = [&]() { return running().ask_as(owner, Method::Post, path("ask"), R"({"question":"anything?"})").body; };
  EXPECT_EQ(ask().find("use_case.paused"), std::string::npos);
  EXPECT_EQ(running().ask_as(owner, Method::Post, path("pause"), R"({"reason":"test"})").status, 200);
  EXPECT_NE(ask().find("use_case.paused"), std::string::npos);
  EXPECT_EQ(running().ask_as(owner, Method::Post, path("resume"), "{}").status, 200);
  EXPECT_EQ(ask().find("use_case.paused"), std::string::npos);
}

TEST_F(Surface, AnObjectMovesToTheConsoleAndBack) {
  const auto& admin = running().token(Role::Admin);
  const auto owner = [&]() {
    const auto state = parse_json(running().ask_as(admin, Method::Get, "/api/v1/config").body);
    for (const auto& object : state->at("objects").as_array()) {
      if (object.at("id") == "use_cases/helpdesk") return std::string(object.at("origin").at("owner").as_string());
    }
    return std::string("nobody");
  };
  const auto plan = running().ask_as(admin, Method::Post, "/api/v1/config/plan", R"({"adopt":"use_cases/helpdesk"})");
  EXPECT_NE(plan.body.find("owner"), std::string::npos) << plan.body;
  EXPECT_EQ(owner(), "file") << "a plan changes nothing";
  const auto move = [&](std::string path) {
    return running().ask_as(admin, Method::Post, std::move(path), R"({"object":"use_cases/helpdesk","reason":"test"})");
  };
  EXPECT_EQ(move("/api/v1/config/adopt").status, 200);
  EXPECT_EQ(owner(), "console");
  EXPECT_EQ(move("/api/v1/config/adopt").status, 409);
  EXPECT_NE(running().ask_as(admin, Method::Get, "/api/v1/config/export?owner=console").body.find("name: helpdesk"),
            std::string::npos);
  EXPECT_EQ(move("/api/v1/config/release").status, 200);
  EXPECT_EQ(owner(), "file");
  const auto audit = running().ask_as(admin, Method::Get, "/api/v1/audit?action=config.").body;
  EXPECT_NE(audit.find("config.adopt"), std::string::npos);
  EXPECT_NE(audit.find("config.release"), std::string::npos);
}

TEST_F(Surface, AStaleViewOfTheConfigurationIsRefused) {
  Ask ask{Method::Post, "/api/v1/config/rollback", {}, R"({"revision":1})"};
  ask.headers.set("authorization", "Bearer " + running().token(Role::Admin));
  ask.headers.set("if-match", "\"another\"");
  EXPECT_EQ(running().ask(ask).status, 412);
}

}  // namespace
}  // namespace millwright::test
