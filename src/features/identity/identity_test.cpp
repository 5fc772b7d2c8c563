#include "features/identity/identity.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/identity/identity_sql.hpp"
#include "features/identity/key_format.hpp"
#include "features/identity/throttle.hpp"
#include "tests/support/database.hpp"

namespace millwright::identity {
namespace {

class HandClock final : public Clock {
 public:
  Timestamp now() const override { return time_; }
  void advance(Duration by) { time_ += by; }

 private:
  Timestamp time_ = parse_time("2026-11-23T13:00:00Z").value();
};

constexpr std::string_view good_password = "correct horse battery";

class IdentityTest : public testing::TestWithParam<store::Engine> {
 protected:
  IdentityTest() {
    std::vector<store::Migration> all(audit::migrations().begin(), audit::migrations().end());
    all.insert(all.end(), migrations().begin(), migrations().end());
    holder_.migrate(all);
    vault_ = std::move(store::Vault::open(std::string(32, 'k')).value());
    audit_ = std::move(audit::Audit::open(holder_.database(), holder_.writer(), *vault_, clock_,
                                          {.data_directory = holder_.directory()}).value());
    open();
  }
  void open() {
    keys_ = std::move(Keys::open(holder_.database(), holder_.writer(), *vault_, *audit_, clock_).value());
    users_ = std::move(Users::open(holder_.database(), holder_.writer(), *vault_, *audit_, clock_).value());
  }
  std::size_t audited(const std::string& action) { return audit_->list({.action = action}, "", 100)->records.size(); }
  void make_admin() {
    const auto token = users_->create_setup_link().value();
    ASSERT_TRUE(users_->finish_setup(token, "ada", good_password));
  }
  ErrorCode sign_in_error(std::string_view name, std::string_view password) {
    const auto session = users_->sign_in(name, password, "10.0.0.1");
    EXPECT_FALSE(session);
    return session ? ErrorCode::Internal : session.error().code;
  }

  HandClock clock_;
  test::TestDatabase holder_{GetParam()};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<Users> users_;
};

INSTANTIATE_TEST_SUITE_P(Engines, IdentityTest, testing::ValuesIn(test::both_engines()),
                         test::engine_name<testing::TestParamInfo<store::Engine>>);

TEST(KeyFormat, IsRecognisableAndChecked) {
  for (int i = 0; i < 200; ++i) {
    const auto secret = make_key_secret();
    ASSERT_TRUE(secret.starts_with("mw_"));
    ASSERT_TRUE(is_well_formed_key(secret));
    auto typo = secret;
    auto& c = typo[3 + static_cast<std::size_t>(i) % 36];
    c = c == 'x' ? 'y' : 'x';
    ASSERT_FALSE(is_well_formed_key(typo)) << secret << " " << typo;
  }
  for (const std::string_view text : {"", "mw_", "sk-abc", "mw_0123456789", "mw_000000000000000000000000000000000000"}) {
    EXPECT_FALSE(is_well_formed_key(text)) << text;
  }
}

TEST_P(IdentityTest, KeyIsFoundUntilRevokedAndSurvivesARestart) {
  KeySpec spec;
  spec.use_case = "helpdesk";
  spec.team = "it";
  spec.user = "bob";
  spec.groups = {"staff", "hr", "staff"};
  spec.name = "web";
  spec.budget = Money::from_nano(5'000'000'000);
  spec.rpm = 60;
  spec.concurrent = 4;
  spec.passthrough = std::vector<std::string>{"b", "a", "b"};
  spec.models = {"small"};
  const auto created = keys_->create(spec, "user/ada");
  ASSERT_TRUE(created) << describe(created.error());
  EXPECT_TRUE(is_well_formed_key(created->secret));
  EXPECT_EQ(created->key.hint, "mw_…" + created->secret.substr(created->secret.size() - 4));
  open();
  const auto ring = keys_->ring();
  const auto* principal = ring->find(created->secret);
  ASSERT_NE(principal, nullptr);
  EXPECT_EQ(principal->use_case, "helpdesk");
  EXPECT_EQ(principal->groups, (std::vector<std::string>{"hr", "staff"}));
  EXPECT_EQ(principal->budget, spec.budget);
  EXPECT_EQ(principal->rpm, 60);
  EXPECT_EQ(principal->concurrent, 4);
  EXPECT_EQ(principal->passthrough, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(principal->tpm);
  EXPECT_EQ(principal->environment, "production");
  EXPECT_TRUE(principal->may_use_model("small"));
  EXPECT_FALSE(principal->may_use_model("large"));
  EXPECT_EQ(ring->find(principal->key_id), principal);
  EXPECT_EQ(ring->find(make_key_secret()), nullptr);
  EXPECT_EQ(keys_->count_for_use_case("helpdesk"), 1u);

  ASSERT_TRUE(keys_->revoke("web", "user/ada"));
  EXPECT_EQ(keys_->ring()->find(created->secret), nullptr);
  EXPECT_EQ(keys_->revoke("web", "user/ada").error().code, ErrorCode::NotFound);
  open();
  EXPECT_EQ(keys_->ring()->find(created->secret), nullptr);
  const auto all = keys_->list().value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].revoked_by, "user/ada");
  EXPECT_EQ(audited("key.create"), 1u);
  EXPECT_EQ(audited("key.revoke"), 1u);
  ASSERT_TRUE(keys_->create(spec, "user/ada")) << "the name of a revoked key is free again";
}

TEST_P(IdentityTest, RotationReplacesTheSecretOnly) {
  const auto first = keys_->create({.use_case = "helpdesk", .name = "web"}, "cli").value();
  const auto second = keys_->rotate(first.key.principal.key_id.text(), "cli").value();
  EXPECT_NE(first.secret, second.secret);
  EXPECT_EQ(keys_->ring()->find(first.secret), nullptr);
  ASSERT_NE(keys_->ring()->find(second.secret), nullptr);
  EXPECT_EQ(keys_->ring()->find(second.secret)->key_id, first.key.principal.key_id);
  open();
  EXPECT_NE(keys_->ring()->find(second.secret), nullptr);
  EXPECT_EQ(keys_->ring()->size(), 1u);
}

TEST_P(IdentityTest, SecretsAreStoredNowhere) {
  const auto created = keys_->create({.name = "web"}, "cli").value();
  auto rows = holder_.database().select(sql::list_keys).value();
  for (std::size_t column = 0; column < rows[0].size(); ++column) {
    EXPECT_EQ(rows[0].text(column).find(created.secret.substr(3, 30)), std::string::npos);
  }
  for (const auto& record : audit_->list({}, "", 100)->records) {
    EXPECT_EQ(json::serialize(record.entry.detail).find(created.secret.substr(3, 30)), std::string::npos);
  }
}

TEST_P(IdentityTest, RefusesKeysThatMakeNoSense) {
  const auto refused = [&](KeySpec spec) { return keys_->create(std::move(spec), "cli").error().where.field; };
  EXPECT_EQ(refused({.name = "a\nb"}), "name");
  EXPECT_EQ(refused({.name = Id::generate().text()}), "name");
  EXPECT_EQ(refused({.user = std::string(129, 'x')}), "user");
  EXPECT_EQ(refused({.groups = {""}}), "groups");
  EXPECT_EQ(refused({.budget = Money::from_nano(-1)}), "budget");
  EXPECT_EQ(refused({.rpm = 0}), "rpm");
  EXPECT_EQ(refused({.concurrent = 0}), "concurrent");
  EXPECT_EQ(refused({.passthrough = std::vector<std::string>{"a\n"}}), "passthrough");
  EXPECT_EQ(refused({.tpm = -5}), "tpm");
  EXPECT_EQ(refused({.expires = clock_.now()}), "expires");
  ASSERT_TRUE(keys_->create({.name = "web"}, "cli"));
  EXPECT_EQ(keys_->create({.name = "web"}, "cli").error().code, ErrorCode::Conflict);
}

TEST_P(IdentityTest, ExpiredKeysAreKnownAsSuch) {
  const auto created = keys_->create({.name = "web", .expires = clock_.now() + 1h}, "cli").value();
  const auto* principal = keys_->ring()->find(created.secret);
  EXPECT_FALSE(principal->is_expired(clock_.now()));
  EXPECT_TRUE(principal->is_expired(clock_.now() + 1h));
}

TEST_P(IdentityTest, ManyThreadsLookUpWhileKeysChange) {
  const auto stable = keys_->create({.name = "stable"}, "cli").value();
  std::atomic<bool> is_done = false;
  std::atomic<int> missed = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!is_done) missed += keys_->ring()->find(stable.secret) == nullptr ? 1 : 0;
    });
  }
  for (int i = 0; i < 20; ++i) {
    const auto secret = keys_->create({.name = "k"}, "cli").value().secret;
    ASSERT_NE(keys_->ring()->find(secret), nullptr);
    ASSERT_TRUE(keys_->revoke("k", "cli"));
    ASSERT_EQ(keys_->ring()->find(secret), nullptr);
  }
  is_done = true;
  readers.clear();
  EXPECT_EQ(missed, 0);
}

TEST_P(IdentityTest, SetupLinkWorksOnceAndOnlyBeforeTheFirstAdmin) {
  EXPECT_FALSE(users_->has_admin().value());
  const auto old = users_->create_setup_link().value();
  const auto token = users_->create_setup_link().value();
  EXPECT_EQ(users_->finish_setup(old, "ada", good_password).error().code, ErrorCode::Unauthenticated);
  EXPECT_EQ(users_->finish_setup("", "ada", good_password).error().code, ErrorCode::Unauthenticated);
  EXPECT_EQ(users_->finish_setup(token, "Ada Lovelace", good_password).error().where.field, "name");
  EXPECT_EQ(users_->finish_setup(token, "ada", "short").error().where.field, "password");
  const auto session = users_->finish_setup(token, "ada", good_password);
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_EQ(session->signed_in.user.role, Role::Admin);
  EXPECT_TRUE(users_->authenticate(session->token));
  EXPECT_TRUE(users_->has_admin().value());
  EXPECT_EQ(users_->finish_setup(token, "eve", good_password).error().code, ErrorCode::Conflict);
  EXPECT_EQ(users_->create_setup_link().error().code, ErrorCode::Conflict);
  EXPECT_EQ(audited("setup."), 3u);
}

TEST_P(IdentityTest, SetupLinkExpires) {
  const auto token = users_->create_setup_link(30min).value();
  clock_.advance(30min);
  EXPECT_EQ(users_->finish_setup(token, "ada", good_password).error().code, ErrorCode::Unauthenticated);
  EXPECT_FALSE(users_->has_admin().value());
}

TEST_P(IdentityTest, SessionsEndByIdleTimeAbsoluteTimeAndSignOut) {
  make_admin();
  const auto session = users_->sign_in("ada", good_password, "10.0.0.1");
  ASSERT_TRUE(session) << describe(session.error());
  const auto signed_in = users_->authenticate(session->token).value();
  EXPECT_TRUE(csrf_matches(signed_in, session->signed_in.csrf_token));
  EXPECT_FALSE(csrf_matches(signed_in, ""));
  EXPECT_FALSE(csrf_matches(signed_in, session->token));
  for (int i = 0; i < 14; ++i) {
    clock_.advance(50min);
    ASSERT_TRUE(users_->authenticate(session->token)) << "used within the idle time: " << i;
  }
  clock_.advance(50min);
  EXPECT_FALSE(users_->authenticate(session->token)) << "past twelve hours";

  const auto idle = users_->sign_in("ada", good_password, "10.0.0.1").value();
  clock_.advance(60min);
  EXPECT_FALSE(users_->authenticate(idle.token));
  const auto left = users_->sign_in("ada", good_password, "10.0.0.1").value();
  ASSERT_TRUE(users_->sign_out(left.token));
  EXPECT_EQ(users_->authenticate(left.token).error().code, ErrorCode::Unauthenticated);
  EXPECT_EQ(users_->authenticate("").error().code, ErrorCode::Unauthenticated);
}

TEST_P(IdentityTest, GuessingIsSlowedDownByNameAndForgivenLater) {
  make_admin();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in_error("ada", "wrong password!"), ErrorCode::Unauthenticated);
  const auto refused = users_->sign_in("ada", good_password, "10.9.9.9");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(refused.error().retry_after, Duration(1000));
  clock_.advance(1s);
  EXPECT_EQ(sign_in_error("ada", "wrong password!"), ErrorCode::Unauthenticated);
  clock_.advance(1s);
  EXPECT_EQ(sign_in_error("ada", good_password), ErrorCode::RateLimited) << "the wait doubles";
  clock_.advance(1s);
  EXPECT_TRUE(users_->sign_in("ada", good_password, "10.9.9.9"));
  EXPECT_TRUE(users_->sign_in("ada", good_password, "10.9.9.9")) << "success forgets";
}

TEST_P(IdentityTest, UnknownUsersLookLikeWrongPasswords) {
  make_admin();
  const auto unknown = users_->sign_in("mallory", good_password, "10.0.0.1");
  const auto wrong = users_->sign_in("ada", "wrong password!", "10.0.0.1");
  EXPECT_EQ(describe(unknown.error()), describe(wrong.error()));
  for (const auto& record : audit_->list({.action = "session.refuse"}, "", 10)->records) {
    EXPECT_EQ(record.entry.object.find("mallory"), std::string::npos) << "may be a password in the wrong field";
  }
}

TEST_P(IdentityTest, LastAdminStays) {
  make_admin();
  auto ada = users_->load("ada").value();
  ada.role = Role::Viewer;
  EXPECT_EQ(users_->update(ada, "user/ada").error().code, ErrorCode::Conflict);
  ada.role = Role::Admin;
  ada.is_disabled = true;
  EXPECT_EQ(users_->update(ada, "user/ada").error().code, ErrorCode::Conflict);
  ASSERT_TRUE(users_->create({.name = "bob", .password = "another good one", .role = Role::Admin}, "user/ada"));
  const auto session = users_->sign_in("ada", good_password, "10.0.0.1").value();
  ASSERT_TRUE(users_->update(ada, "user/bob"));
  EXPECT_FALSE(users_->authenticate(session.token)) << "a closed account has no sessions";
  EXPECT_EQ(sign_in_error("ada", good_password), ErrorCode::Unauthenticated);
}

TEST_P(IdentityTest, NewPasswordEndsSessions) {
  make_admin();
  const auto session = users_->sign_in("ada", good_password, "10.0.0.1").value();
  ASSERT_TRUE(users_->set_password("ada", "quite a new sentence", "user/ada"));
  EXPECT_FALSE(users_->authenticate(session.token));
  EXPECT_EQ(sign_in_error("ada", good_password), ErrorCode::Unauthenticated);
  EXPECT_TRUE(users_->sign_in("ada", "quite a new sentence", "10.0.0.1"));
  EXPECT_EQ(users_->set_password("nobody", "quite a new sentence", "x").error().code, ErrorCode::NotFound);
}

TEST_P(IdentityTest, RefusesWeakPasswordsAndTakenNames) {
  make_admin();
  for (const std::string password : {"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                                     "bob.the.builder"}) {
    EXPECT_EQ(users_->create({.name = "bob.the.builder", .password = password}, "x").error().where.field, "password") << password;
  }
  EXPECT_EQ(users_->create({.name = "ada", .password = std::string(good_password)}, "x").error().code, ErrorCode::Conflict);
  EXPECT_EQ(users_->list()->size(), 1u);
}

TEST_P(IdentityTest, EveryStatementIsAcceptedByTheEngine) {
  const std::array statements{
      sql::list_keys,      sql::insert_key,    sql::revoke_key,         sql::replace_key_secret,      sql::list_users,
      sql::find_user,      sql::insert_user,   sql::update_user,        sql::set_password,            sql::count_admins,
      sql::insert_session, sql::find_session,  sql::touch_session,      sql::remove_session,          sql::remove_sessions_of_user,
      sql::remove_old_sessions, sql::remove_setup_links, sql::insert_setup_link, sql::find_setup_link};
  EXPECT_EQ(test::faults_of(holder_.database(), statements), "");
}

TEST(Throttle, IsBounded) {
  Throttle throttle({.free_failures = 1, .entries_max = 100});
  Timestamp now = from_micros(1'000'000'000);
  for (int i = 0; i < 1'000; ++i) throttle.add_failure(fmt::format("k{}", i), now + std::chrono::milliseconds(i));
  EXPECT_FALSE(throttle.wait("k0", now));
  EXPECT_TRUE(throttle.wait("k999", now));
}

TEST(Roles, AreOrderedAndNamed) {
  EXPECT_LT(Role::Viewer, Role::Approver);
  EXPECT_LT(Role::Owner, Role::Admin);
  for (const auto role : {Role::Viewer, Role::Approver, Role::Owner, Role::Admin}) EXPECT_EQ(find_role(role_name(role)), role);
  EXPECT_FALSE(find_role("root"));
}

}  // namespace
}  // namespace millwright::identity
