#include "features/delivery/delivery.hpp"

#include <gmock/gmock.h>

#include "features/audit/audit.hpp"
#include "features/delivery/delivery_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::delivery {
namespace {

using testing::HasSubstr;

/// Gives the verdict it was told, and keeps its reports.
class ScriptedEvaluation final : public evaluation::Evaluation {
 public:
  evaluation::Verdict verdict = evaluation::Verdict::Pass;
  std::map<Id, evaluation::Report> reports;
  std::string baseline, candidate_prompt;

  void replace_suites(std::vector<evaluation::Suite>) override {}
  std::vector<evaluation::Suite> suites() const override {
    return {{.name = "helpdesk", .digest = sha256("suite"), .text = "name: helpdesk\n"}};
  }
  Result<evaluation::Report> run(std::string_view suite, std::string_view use_case, const gateway::LiveRelease& candidate,
                                 const std::optional<gateway::LiveRelease>& before,
                                 const std::function<void(std::int64_t, std::int64_t)>&) override {
    baseline = before ? before->id : "";
    candidate_prompt = candidate.prompt_text;
    evaluation::Report report{.id = Id::generate(), .use_case = std::string(use_case), .suite = std::string(suite),
                              .release = candidate.id, .verdict = verdict};
    report.gates = {{.gate = "quality", .verdict = verdict, .rule = "quality.pass_rate_min", .why = "3 of 25 passed"}};
    reports[report.id] = report;
    return report;
  }
  Result<evaluation::Report> load(Id id) const override {
    const auto found = reports.find(id);
    if (found == reports.end()) return fail(ErrorCode::NotFound, "no report");
    return found->second;
  }
  Result<std::vector<evaluation::Report>> list(std::string_view, std::size_t) const override {
    return std::vector<evaluation::Report>{};
  }
};

class OneIndex final : public retrieval::Retrieval {
 public:
  Digest version = sha256("index-1");
  void replace_indexes(std::vector<retrieval::IndexConfig>) override {}
  std::vector<retrieval::IndexConfig> indexes() const override { return {}; }
  Result<retrieval::IndexVersion> build(std::string_view, const std::function<void(std::int64_t, std::int64_t)>&) override {
    return fail(ErrorCode::Internal, "not part of this test");
  }
  Result<std::vector<retrieval::IndexVersion>> versions(std::string_view index) const override {
    return std::vector{retrieval::IndexVersion{.index = std::string(index), .digest = version, .is_live = true}};
  }
  Result<retrieval::IndexVersion> publish(std::string_view, const Digest&, std::string_view) override {
    return fail(ErrorCode::Internal, "not part of this test");
  }
  Digest live(std::string_view) const override { return version; }
  Result<retrieval::SearchResult> search(const Digest&, const retrieval::SearchRequest&) override {
    return retrieval::SearchResult{};
  }
};

std::vector<store::Migration> schema() {
  std::vector<store::Migration> all;
  for (const auto& part : {audit::migrations(), registry::migrations(), migrations()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

class DeliveryTest : public testing::TestWithParam<store::Engine> {
 protected:
  DeliveryTest() {
    vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
    blobs_ = std::move(*store::BlobStore::open("file:" + (directory_.path() / "blobs").string(), nullptr));
    audit_ = std::move(*audit::Audit::open(database_.database(), database_.writer(), *vault_, system_clock(),
                                           {.data_directory = directory_.path()}));
    registry_ = std::move(*registry::Registry::open(database_.database(), database_.writer(), *blobs_, *audit_,
                                                    system_clock()));
    signer_ = std::move(*registry::Signer::open(directory_.path(), *vault_));
    configure(policy::RiskTier::T1, false);
    start();
  }

  void configure(policy::RiskTier tier, bool needs_release) {
    auto state = std::make_shared<gateway::GatewayState>();
    state->config.models.push_back({.name = "small", .provider = "acme", .id = "gpt-x"});
    state->config.routes.push_back({.name = "default", .targets = {{"small", 1}}});
    gateway::UseCaseConfig use_case;
    use_case.name = "helpdesk";
    use_case.tier = tier;
    use_case.route = "default";
    use_case.prompt = "helpdesk";
    use_case.index = "kb";
    use_case.needs_release = needs_release;
    state->config.use_cases.push_back(use_case);
    state_ = state;
  }
  void start() {
    auto made = make_delivery({.database = &database_.database(), .writer = &database_.writer(),
                               .registry = registry_.get(), .signer = signer_.get(), .audit = audit_.get(),
                               .retrieval = &retrieval_, .evaluation = &evaluation_, .clock = &system_clock(),
                               .publish = [this](auto table) { published_ = table; },
                               .state = [this] { return state_; },
                               .count_arms = [this](const std::string&, Timestamp) -> Result<ArmCounts> { return arms_; }});
    ASSERT_TRUE(made) << made.error().message;
    delivery_ = std::move(*made);
    delivery_->replace_config({{.name = "helpdesk", .file = "helpdesk.md", .text = "Be kind."}});
  }
  Release create(std::string prompt = "Quote the source.") {
    auto release = delivery_->create({.use_case = "helpdesk", .prompt_text = std::move(prompt), .author = "ana"});
    EXPECT_TRUE(release) << release.error().message;
    return release ? *release : Release{};
  }
  Release create_signed(std::string prompt = "Quote the source.") {
    const Release release = create(std::move(prompt));
    EXPECT_TRUE(delivery_->evaluate(release.id, {}));
    auto with_signature = delivery_->sign(release.id, "bob");
    EXPECT_TRUE(with_signature) << with_signature.error().message;
    return with_signature ? *with_signature : Release{};
  }
  std::string stable() const {
    const auto found = published_->find("helpdesk");
    return found == published_->end() ? "nothing" : found->second.stable.id;
  }
  ReleaseState state_of(const std::string& id) const { return delivery_->load(id)->state; }
  /// Changes a row behind everybody's back.
  void tamper(std::string_view sql) {
    const store::Statement statement{"tamper", sql, ""};
    ASSERT_TRUE(database_.writer().run([&](store::Session& session) -> Result<void> {
      auto done = session.execute(statement);
      if (!done) return pass(done);
      return {};
    }));
  }

  test::TempDirectory directory_;
  test::TestDatabase database_{GetParam(), schema()};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<registry::Signer> signer_;
  ScriptedEvaluation evaluation_;
  OneIndex retrieval_;
  ArmCounts arms_;
  std::shared_ptr<const gateway::GatewayState> state_;
  std::shared_ptr<const gateway::LiveTable> published_;
  std::unique_ptr<Delivery> delivery_;
};
INSTANTIATE_TEST_SUITE_P(Engines, DeliveryTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(DeliveryTest, PreparesEveryStatement) { EXPECT_EQ(test::faults_of(database_.database(), sql::all), ""); }

TEST_P(DeliveryTest, ServesTheConfigurationBeforeTheFirstRelease) {
  const auto live = delivery_->live("helpdesk");
  ASSERT_TRUE(live);
  EXPECT_TRUE(live->stable.id.starts_with("config@"));
  EXPECT_EQ(live->stable.id.size(), std::string("config@").size() + 12);
  EXPECT_EQ(live->stable.prompt_text, "Be kind.");
  EXPECT_EQ(live->stable.index, retrieval_.version);
  EXPECT_EQ(live->stable.route, "default");
  const std::string before = live->stable.id;
  delivery_->replace_config({{.name = "helpdesk", .file = "helpdesk.md", .text = "Be brief."}});
  EXPECT_NE(stable(), before);
}

TEST_P(DeliveryTest, ServesNothingUnreleasedWhereAReleaseIsRequired) {
  configure(policy::RiskTier::T1, true);
  delivery_->refresh();
  EXPECT_EQ(stable(), "nothing");
  configure(policy::RiskTier::T2, false);
  delivery_->refresh();
  EXPECT_EQ(stable(), "nothing");
  const Release release = create_signed();
  ASSERT_TRUE(delivery_->promote(release.id, "bob"));
  EXPECT_EQ(stable(), release.id);
}

TEST_P(DeliveryTest, LeadsAReleaseFromDraftToLive) {
  const Release draft = create("Cite [n].");
  EXPECT_EQ(draft.id, "helpdesk-1");
  EXPECT_EQ(draft.state, ReleaseState::Draft);
  EXPECT_FALSE(draft.prompt.is_none() || draft.route.is_none() || draft.suite.is_none() || draft.policy.is_none());
  EXPECT_EQ(registry_->load_bytes(draft.prompt).value(), "Cite [n].");
  EXPECT_EQ(registry_->load(draft.manifest)->parents.size(), 4u);
  const auto evaluated = delivery_->evaluate(draft.id, {});
  ASSERT_TRUE(evaluated) << evaluated.error().message;
  EXPECT_EQ(evaluated->state, ReleaseState::Evaluated);
  EXPECT_EQ(evaluation_.candidate_prompt, "Cite [n].");
  EXPECT_TRUE(evaluation_.baseline.starts_with("config@"));
  const auto with_signature = delivery_->sign(draft.id, "bob");
  ASSERT_TRUE(with_signature) << with_signature.error().message;
  EXPECT_TRUE(delivery_->verify(draft.id));
  EXPECT_TRUE(stable().starts_with("config@"));
  ASSERT_TRUE(delivery_->promote(draft.id, "bob"));
  EXPECT_EQ(stable(), "helpdesk-1");
  EXPECT_EQ(delivery_->live("helpdesk")->stable.prompt_text, "Cite [n].");
  const auto page = audit_->list({.object = "release/helpdesk-1"}, "", 10);
  ASSERT_TRUE(page);
  std::vector<std::string> actions;
  for (const auto& record : page->records) actions.push_back(record.entry.actor + " " + record.entry.action);
  EXPECT_THAT(actions, testing::ElementsAre("bob release.promote", "bob release.sign", "system/delivery release.evaluate",
                                            "ana release.create"));
}

TEST_P(DeliveryTest, BlocksWhatDoesNotPassAndSaysWhy) {
  for (const auto verdict : {evaluation::Verdict::Fail, evaluation::Verdict::Inconclusive}) {
    evaluation_.verdict = verdict;
    const Release release = create();
    const auto judged = delivery_->evaluate(release.id, {});
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->state, ReleaseState::Blocked);
    const auto refused = delivery_->sign(release.id, "bob");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::PolicyRefused);
    EXPECT_THAT(refused.error().message, HasSubstr("quality.pass_rate_min: 3 of 25 passed"));
    EXPECT_EQ(delivery_->promote(release.id, "bob").error().code, ErrorCode::Conflict);
    EXPECT_EQ(delivery_->start_canary(release.id, 500, "bob").error().code, ErrorCode::Conflict);
  }
  EXPECT_TRUE(stable().starts_with("config@"));
}

TEST_P(DeliveryTest, WantsFourEyesFromT2) {
  configure(policy::RiskTier::T2, false);
  const Release release = create();
  ASSERT_TRUE(delivery_->evaluate(release.id, {}));
  const auto refused = delivery_->sign(release.id, "ana");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "release.four_eyes");
  EXPECT_TRUE(delivery_->sign(release.id, "bob"));
}

TEST_P(DeliveryTest, RefusesStepsOutOfOrder) {
  const Release draft = create();
  EXPECT_EQ(delivery_->sign(draft.id, "bob").error().code, ErrorCode::Conflict);
  EXPECT_EQ(delivery_->promote(draft.id, "bob").error().code, ErrorCode::Conflict);
  EXPECT_EQ(delivery_->verify(draft.id).error().code, ErrorCode::Conflict);
  EXPECT_EQ(delivery_->load("helpdesk-9").error().code, ErrorCode::NotFound);
  EXPECT_EQ(delivery_->create({.use_case = "nope"}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(delivery_->roll_back("helpdesk", "bob", "why").error().code, ErrorCode::Conflict);
  const Release done = create_signed();
  EXPECT_EQ(delivery_->evaluate(done.id, {}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(delivery_->start_canary(done.id, 0, "bob").error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(delivery_->start_canary(done.id, 10'000, "bob").error().code, ErrorCode::InvalidInput);
}

TEST_P(DeliveryTest, SendsAShareOfTheTrafficToACanary) {
  const Release first = create_signed("one");
  ASSERT_TRUE(delivery_->promote(first.id, "bob"));
  const Release second = create_signed("two");
  ASSERT_TRUE(delivery_->start_canary(second.id, 500, "bob"));
  auto live = delivery_->live("helpdesk");
  EXPECT_EQ(live->stable.id, first.id);
  ASSERT_TRUE(live->canary);
  EXPECT_EQ(live->canary->prompt_text, "two");
  EXPECT_EQ(live->canary_basis_points, 500u);
  ASSERT_TRUE(delivery_->start_canary(second.id, 2'500, "bob"));
  EXPECT_EQ(delivery_->live("helpdesk")->canary_basis_points, 2'500u);
  const Release third = create_signed("three");
  EXPECT_EQ(delivery_->start_canary(third.id, 100, "bob").error().code, ErrorCode::Conflict);
  ASSERT_TRUE(delivery_->promote(second.id, "bob"));
  live = delivery_->live("helpdesk");
  EXPECT_EQ(live->stable.id, second.id);
  EXPECT_FALSE(live->canary);
  EXPECT_EQ(state_of(first.id), ReleaseState::Superseded);
}

TEST_P(DeliveryTest, RollsBackStepByStepToTheConfiguration) {
  const Release first = create_signed("one"), second = create_signed("two"), third = create_signed("three");
  for (const Release* release : {&first, &second}) ASSERT_TRUE(delivery_->promote(release->id, "bob"));
  ASSERT_TRUE(delivery_->start_canary(third.id, 100, "bob"));
  ASSERT_TRUE(delivery_->roll_back("helpdesk", "bob", "canary looks odd"));
  EXPECT_FALSE(delivery_->live("helpdesk")->canary);
  EXPECT_EQ(stable(), second.id);
  ASSERT_TRUE(delivery_->roll_back("helpdesk", "bob", "wrong answers"));
  EXPECT_EQ(stable(), first.id);
  EXPECT_EQ(delivery_->live("helpdesk")->stable.prompt_text, "one");
  EXPECT_EQ(state_of(second.id), ReleaseState::RolledBack);
  EXPECT_EQ(delivery_->promote(second.id, "bob").error().code, ErrorCode::Conflict);
  ASSERT_TRUE(delivery_->roll_back("helpdesk", "bob", "still"));
  EXPECT_TRUE(stable().starts_with("config@"));
}

TEST_P(DeliveryTest, HasNoWayBackToAnUnreleasedConfigurationWhereAReleaseIsRequired) {
  configure(policy::RiskTier::T1, true);
  const Release only = create_signed();
  ASSERT_TRUE(delivery_->promote(only.id, "bob"));
  EXPECT_EQ(delivery_->roll_back("helpdesk", "bob", "why").error().code, ErrorCode::Conflict);
  EXPECT_EQ(stable(), only.id);
}

TEST_P(DeliveryTest, RestoresWhatWasLiveAfterARestart) {
  const Release first = create_signed("one"), second = create_signed("two");
  ASSERT_TRUE(delivery_->promote(first.id, "bob"));
  ASSERT_TRUE(delivery_->start_canary(second.id, 700, "bob"));
  published_ = nullptr;
  start();
  EXPECT_EQ(stable(), first.id);
  EXPECT_EQ(delivery_->live("helpdesk")->canary->id, second.id);
  EXPECT_EQ(delivery_->live("helpdesk")->canary_basis_points, 700u);
}

TEST_P(DeliveryTest, RefusesToPromoteWhatWasTamperedWith) {
  struct Story {
    std::string_view name, sql;
  };
  const std::vector<Story> stories{
      {"the row's digest of the prompt", "UPDATE releases SET parts = REPLACE(parts, '\"prompt\":\"', '\"prompt\":\"ab')"},
      {"the signature", "UPDATE releases SET bundle = REPLACE(bundle, '\"sig\":\"M', '\"sig\":\"N')"},
      {"no signature", "UPDATE releases SET bundle = ''"},
      {"the route's name", "UPDATE releases SET parts = REPLACE(parts, '\"route_name\":\"default\"', '\"route_name\":\"other\"')"},
      {"the author", "UPDATE releases SET author = 'mallory'"},
  };
  for (const Story& story : stories) {
    SCOPED_TRACE(story.name);
    const Release release = create_signed(std::string(story.name));
    tamper(story.sql);
    EXPECT_FALSE(delivery_->verify(release.id));
    EXPECT_FALSE(delivery_->promote(release.id, "bob"));
    EXPECT_FALSE(delivery_->start_canary(release.id, 100, "bob"));
    EXPECT_TRUE(stable().starts_with("config@"));
    tamper("DELETE FROM releases");
  }
}

TEST_P(DeliveryTest, RefusesASignatureOfAnotherRelease) {
  const Release first = create_signed("one"), second = create_signed("two");
  tamper(fmt::format("UPDATE releases SET bundle = (SELECT bundle FROM releases WHERE id = '{}') WHERE id = '{}'", first.id,
                     second.id));
  EXPECT_FALSE(delivery_->verify(second.id));
}

TEST_P(DeliveryTest, FallsBackToTheReleaseBeforeWhenALiveOneNoLongerVerifies) {
  const Release first = create_signed("one"), second = create_signed("two");
  ASSERT_TRUE(delivery_->promote(first.id, "bob"));
  ASSERT_TRUE(delivery_->promote(second.id, "bob"));
  tamper("UPDATE releases SET author = 'mallory' WHERE id = 'helpdesk-2'");
  start();
  EXPECT_EQ(stable(), first.id);
  EXPECT_EQ(state_of(second.id), ReleaseState::RolledBack);
}

TEST_P(DeliveryTest, ServesNothingWhenNoReleaseVerifies) {
  const Release only = create_signed("one");
  ASSERT_TRUE(delivery_->promote(only.id, "bob"));
  tamper("UPDATE releases SET author = 'mallory'");
  start();
  EXPECT_EQ(stable(), "nothing");
  EXPECT_FALSE(delivery_->live("helpdesk"));
}

TEST_P(DeliveryTest, FollowsTheLiveVersionOfItsIndex) {
  const Release release = create_signed();
  ASSERT_TRUE(delivery_->promote(release.id, "bob"));
  retrieval_.version = sha256("index-2");
  delivery_->refresh();
  EXPECT_EQ(delivery_->live("helpdesk")->stable.index, sha256("index-2"));
}

TEST_P(DeliveryTest, RollsACanaryBackThatFailsClearlyMoreOften) {
  const Release first = create_signed("one"), second = create_signed("two");
  ASSERT_TRUE(delivery_->promote(first.id, "bob"));
  ASSERT_TRUE(delivery_->start_canary(second.id, 5'000, "bob"));
  EXPECT_TRUE(delivery_->tick()->empty());
  arms_ = {{first.id, {100, 1}}, {second.id, {20, 20}}};
  EXPECT_TRUE(delivery_->tick()->empty());
  arms_ = {{first.id, {100, 1}}, {second.id, {60, 40}}};
  EXPECT_THAT(*delivery_->tick(), testing::ElementsAre(second.id));
  EXPECT_FALSE(delivery_->live("helpdesk")->canary);
  EXPECT_EQ(stable(), first.id);
  EXPECT_EQ(state_of(second.id), ReleaseState::RolledBack);
  EXPECT_TRUE(delivery_->tick()->empty());
}

TEST_P(DeliveryTest, NumbersReleasesPerUseCaseNewestFirst) {
  create();
  create();
  const auto all = delivery_->list("helpdesk");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).id, "helpdesk-2");
  EXPECT_EQ(all->at(0).prompt, all->at(1).prompt);
  EXPECT_NE(all->at(0).manifest, all->at(1).manifest);
}

}  // namespace
}  // namespace millwright::delivery
