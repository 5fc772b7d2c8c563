#include "features/gateway/route_planner.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

using Names = std::vector<std::string>;

finops::ModelPrice price_of(std::int64_t nano_a_token) {
  finops::ModelPrice price;
  price.input = price.output = UnitPrice{nano_a_token * 1'000'000};
  price.version = "test";
  return price;
}

class PlannerTest : public testing::Test {
 protected:
  PlannerTest() {
    std::int64_t cost = 1;
    finops::PriceBook::Versions versions;
    for (const auto* name : {"a", "b", "c", "spare"}) {
      ModelConfig model;
      model.name = name;
      model.context_tokens = 1'000'000;
      config_.models.push_back(model);
      versions[name] = {{Timestamp{}, Timestamp::max(), price_of(cost++), "test", ""}};
    }
    prices_ = std::make_unique<finops::PriceBook>(std::move(versions), price_of(1'000));
    RouteConfig route;
    route.name = "r";
    route.targets = {{"a", 1}, {"b", 1}, {"c", 1}};
    config_.routes.push_back(route);
  }

  RouteConfig& route() { return config_.routes[0]; }
  RoutePlan plan(std::uint64_t draw = 0) {
    if (!board_ || board_->routes.size() != config_.routes.size()) board_ = make_board(config_, board_.get());
    return plan_route({&config_, board_.get(), &breakers_, prices_.get(), now_, now_ms_}, config_.routes[0], traits_,
                      draw);
  }
  Names names(const RoutePlan& plan) const {
    Names names;
    for (const auto model : plan.models) names.push_back(config_.models[model].name);
    return names;
  }
  Names order(std::uint64_t draw = 0) { return names(plan(draw)); }
  ModelState& state(std::size_t model) {
    if (!board_) board_ = make_board(config_, nullptr);
    return *board_->models[model];
  }
  void bring_down(std::string_view model) {
    for (int i = 0; i < 10; ++i) breakers_.report(model, Breakers::Outcome::Failure, {}, now_);
  }

  GatewayConfig config_;
  std::shared_ptr<const RouteBoard> board_;
  std::unique_ptr<finops::PriceBook> prices_;
  Breakers breakers_;
  RequestTraits traits_;
  Timestamp now_ = from_micros(1'700'002'800'000'000);
  std::int64_t now_ms_ = 1'000'000;
};

TEST_F(PlannerTest, TheSamePlanForTheSameDraw) {
  for (std::uint64_t draw = 0; draw < 50; ++draw) EXPECT_EQ(order(draw), order(draw));
}

TEST_F(PlannerTest, WeightsAreTheSharesAndTheOthersStandIn) {
  route().targets = {{"a", 7}, {"b", 3}, {"c", 0}};
  route().fallback = {"spare", "a"};
  std::map<std::string, int> first;
  for (std::uint64_t draw = 0; draw < 1'000; ++draw) {
    const auto names = order(draw);
    ++first[names[0]];
    EXPECT_EQ(names.size(), 3u);
    EXPECT_EQ(names.back(), "spare");
  }
  EXPECT_EQ(first["a"], 700);
  EXPECT_EQ(first["b"], 300);
  EXPECT_TRUE(plan().decisions.empty()) << "a plain route says nothing more than before";
}

TEST_F(PlannerTest, PriorityIsTheOrderOfTheList) {
  route().strategy = Strategy::Priority;
  for (std::uint64_t draw = 0; draw < 9; ++draw) EXPECT_EQ(order(draw), (Names{"a", "b", "c"}));
}

TEST_F(PlannerTest, LeastBusyMindsWeights) {
  route().strategy = Strategy::LeastBusy;
  route().targets[2].weight = 10;
  const auto one = state(0).begin();
  std::vector<Counted> four;
  for (int i = 0; i < 4; ++i) four.push_back(state(2).begin());
  EXPECT_EQ(order(), (Names{"b", "c", "a"}));
}

TEST_F(PlannerTest, LeastBusySpreadsWhenAllIsQuiet) {
  route().strategy = Strategy::LeastBusy;
  std::set<std::string> first;
  for (std::uint64_t draw = 0; draw < 3; ++draw) first.insert(order(draw)[0]);
  EXPECT_EQ(first.size(), 3u);
}

TEST_F(PlannerTest, LatencyMindsWhatIsWaitedForAndWhatIsUnderWay) {
  route().strategy = Strategy::Latency;
  for (std::size_t i = 0; i < 3; ++i) {
    state(i).note(Wait::Whole, Duration(100 + 100 * static_cast<int>(i)), now_ms_);
    state(i).note(Wait::FirstToken, Duration(90 - 30 * static_cast<int>(i)), now_ms_);
  }
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  traits_.is_streamed = true;
  EXPECT_EQ(order(), (Names{"c", "b", "a"}));
  traits_.is_streamed = false;
  const auto one = state(0).begin(), two = state(0).begin();
  EXPECT_EQ(order()[0], "b") << "200 ms at an idle model are better than 100 ms behind two others";
}

TEST_F(PlannerTest, LatencyTriesTheUnknownOnce) {
  route().strategy = Strategy::Latency;
  state(0).note(Wait::Whole, Duration(10), now_ms_);
  state(1).note(Wait::Whole, Duration(20), now_ms_);
  EXPECT_EQ(order()[0], "c");
  const auto one = state(2).begin();
  EXPECT_EQ(order(), (Names{"a", "b", "c"})) << "until the answer comes nobody follows";
}

TEST_F(PlannerTest, CostTakesTheCheapestThatIsAble) {
  route().strategy = Strategy::Cost;
  route().targets = {{"c", 1}, {"b", 1}, {"a", 1}};
  traits_.prompt_tokens = 1'000;
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  config_.models[0].capabilities.emplace();
  traits_.needs.add(Capability::Tools);
  const auto able = plan();
  EXPECT_EQ(names(able), (Names{"b", "c"})) << "not listed is not able, nothing stated is able";
  EXPECT_EQ(able.lacking.text(), "tools");
  EXPECT_EQ(able.decisions.back().verdict, "skip");
  EXPECT_NE(able.decisions.back().evidence.find("\"lacks\":\"tools\""), std::string::npos);
}

TEST_F(PlannerTest, WhoIsDownGoesLast) {
  route().strategy = Strategy::Cost;
  bring_down("a");
  EXPECT_EQ(order(), (Names{"b", "c", "a"}));
  now_ += std::chrono::seconds(2);
  EXPECT_EQ(order()[0], "a") << "its pause is over, it may be tried";
}

TEST_F(PlannerTest, APromptThatSurelyDoesNotFitSkips) {
  config_.models[0].context_tokens = 4'000;
  config_.models[1].context_tokens = 8'000;
  route().targets = {{"a", 1}};
  route().fallback = {"b", "c"};
  traits_.prompt_tokens_least = 5'000;
  EXPECT_EQ(order(), (Names{"b", "c"}));
  traits_.prompt_tokens_least = 8'001;
  EXPECT_EQ(order(), (Names{"c"}));
  route().fallback = {"b"};
  const auto none = plan();
  EXPECT_TRUE(none.models.empty());
  EXPECT_EQ(none.context_max, 8'000);
}

TEST_F(PlannerTest, ACountGoesBeforeTheGuessForModelsOfItsEncoding) {
  config_.models[0].context_tokens = config_.models[1].context_tokens = 4'000;
  config_.models[0].tokeniser.encoding = tokens::Encoding::O200kBase;
  route().targets = {{"a", 1}};
  route().fallback = {"b"};
  const auto o200k = static_cast<std::size_t>(tokens::Encoding::O200kBase);
  traits_.prompt_tokens_least = 5'000;
  traits_.counted.at(o200k) = 4'000;
  EXPECT_EQ(order(), (Names{"a"}));
  traits_.prompt_tokens_least = 3'000;
  traits_.counted.at(o200k) = 4'001;
  EXPECT_EQ(order(), (Names{"b"}));
}

TEST_F(PlannerTest, OverflowByConcurrency) {
  route().overflow = Overflow{"spare", 2, std::nullopt, Duration(3'600'000)};
  (void)plan();
  auto& in_flight = board_->routes[0]->in_flight;
  in_flight = 1;
  EXPECT_EQ(order().size(), 3u);
  in_flight = 2;
  const auto full = plan();
  EXPECT_EQ(names(full), (Names{"spare", "a", "b", "c"}));
  EXPECT_TRUE(full.has_overflowed);
  EXPECT_EQ(full.decisions[0].verdict, "overflow");
}

TEST_F(PlannerTest, OverflowBySpend) {
  route().overflow = Overflow{"spare", std::nullopt, Money::from_nano(100), Duration(3'600'000)};
  (void)plan();
  board_->routes[0]->spend.add(Money::from_nano(99), Duration(3'600'000), now_);
  EXPECT_EQ(order()[0], "a");
  board_->routes[0]->spend.add(Money::from_nano(1), Duration(3'600'000), now_);
  EXPECT_EQ(order()[0], "spare");
  now_ += std::chrono::hours(1);
  EXPECT_EQ(order()[0], "a") << "the next hour";
}

TEST_F(PlannerTest, RulesAreTriedInOrderAndMayLeadToAnotherRoute) {
  RouteConfig next;
  next.name = "next";
  next.targets = {{"c", 1}};
  next.rules.push_back({.name = "deep", .when = {.tasks = {"x"}}, .targets = {{"spare", 1}}});
  route().rules.push_back({.name = "other", .when = {.use_cases = {"other"}}, .targets = {{"b", 1}}});
  route().rules.push_back({.name = "on", .when = {.tasks = {"x", "y"}}, .route = "next"});
  config_.routes.push_back(next);
  traits_.use_case = "desk";
  const auto none = plan();
  EXPECT_EQ(names(none)[0], "a");
  EXPECT_EQ(none.decisions[0].verdict, "default");
  traits_.task = "y";
  const auto led = plan();
  EXPECT_EQ(names(led), Names{"c"});
  EXPECT_EQ(led.route->name, "next");
  EXPECT_EQ(led.state, board_->routes[1].get());
  traits_.task = "x";
  const auto deep = plan();
  EXPECT_EQ(names(deep), Names{"spare"});
  ASSERT_EQ(deep.decisions.size(), 2u);
  EXPECT_EQ(deep.decisions[0].rule, "route:r/on");
  EXPECT_EQ(deep.decisions[1].rule, "route:next/deep");
  traits_.use_case = "other";
  EXPECT_EQ(order(), Names{"b"});
}

TEST_F(PlannerTest, AffinityMovesOnlyWhatMustMove) {
  route().affinity = Affinity{AffinityBy::Session, Duration(0)};
  std::map<std::string, Names> before;
  std::map<std::string, int> share;
  for (int i = 0; i < 3'000; ++i) {
    const auto session = fmt::format("session-{}", i);
    traits_.session = session;
    before[session] = order(static_cast<std::uint64_t>(i));
    ++share[before[session][0]];
    EXPECT_EQ(order(7), before[session]) << "no draw, no luck";
  }
  for (const auto* name : {"a", "b", "c"}) EXPECT_NEAR(share[name], 1'000, 120) << name;
  bring_down("b");
  for (const auto& [session, was] : before) {
    traits_.session = session;
    const auto is = order()[0];
    if (was[0] != "b")
      EXPECT_EQ(is, was[0]);
    else
      EXPECT_EQ(is, was[1]) << "who must move goes where it would have gone next";
  }
  now_ += std::chrono::seconds(10);
  for (const auto& [session, was] : before) {
    traits_.session = session;
    EXPECT_EQ(order()[0], was[0]) << "and comes back";
  }
  // A model more takes its share from all and moves nobody else.
  route().targets.push_back({"spare", 1});
  int moved = 0;
  for (const auto& [session, was] : before) {
    traits_.session = session;
    const auto is = order()[0];
    moved += is == was[0] ? 0 : 1;
    EXPECT_TRUE(is == was[0] || is == "spare");
  }
  EXPECT_NEAR(moved, 750, 110);
}

TEST_F(PlannerTest, AffinityMindsWeightsAndEndsWithItsTime) {
  route().affinity = Affinity{AffinityBy::User, Duration(60'000)};
  route().targets = {{"a", 9}, {"b", 1}};
  int first_a = 0, stayed = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto user = fmt::format("user{}", i);
    traits_.user = user;
    const auto was = order()[0];
    first_a += was == "a" ? 1 : 0;
    now_ += std::chrono::minutes(1);
    stayed += order()[0] == was ? 1 : 0;
    now_ -= std::chrono::minutes(1);
  }
  EXPECT_NEAR(first_a, 1'800, 60);
  EXPECT_NEAR(stayed, 2'000 * 0.82, 80) << "placed anew, by the same weights";
  traits_.user = {};
  EXPECT_EQ(plan().decisions.size(), 0u) << "nobody to keep together: by weight";
}

struct Selector {
  const char* name;
  RouteCondition when;
  bool holds;
};
class Selectors : public testing::TestWithParam<Selector> {};

TEST_P(Selectors, HoldOrNot) {
  const std::vector<std::string> groups{"staff", "sales"};
  const std::vector<std::pair<std::string, std::string>> headers{{"x-plan", "gold-2026"}};
  RequestTraits traits;
  traits.use_case = "desk";
  traits.task = "triage";
  traits.team = "it";
  traits.key_name = "crm";
  traits.segment = "region=eu; plan=gold";
  traits.language = "de";
  traits.groups = groups;
  traits.headers = headers;
  traits.risk_tier = policy::RiskTier::T2;
  traits.data_class = policy::DataClass::Internal;
  traits.prompt_tokens = 100;
  traits.needs.add(Capability::Tools);
  traits.needs.add(Capability::Vision);
  EXPECT_EQ(holds(GetParam().when, traits), GetParam().holds);
}

Capabilities set_of(std::initializer_list<Capability> list) {
  Capabilities set;
  for (const auto each : list) set.add(each);
  return set;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Selectors,
    testing::Values(
        Selector{"nothing_stated", {}, true}, Selector{"use_case", {.use_cases = {"x", "desk"}}, true},
        Selector{"other_use_case", {.use_cases = {"x"}}, false}, Selector{"task", {.tasks = {"triage"}}, true},
        Selector{"other_task", {.tasks = {"summary"}}, false}, Selector{"group", {.user_tiers = {"sales"}}, true},
        Selector{"other_group", {.user_tiers = {"board"}}, false}, Selector{"team", {.user_tiers = {"team/it"}}, true},
        Selector{"other_team", {.user_tiers = {"team/hr"}}, false}, Selector{"key", {.user_tiers = {"key/crm"}}, true},
        Selector{"language", {.languages = {"fr", "de"}}, true},
        Selector{"other_language", {.languages = {"fr"}}, false},
        Selector{"tier", {.risk_tiers = {policy::RiskTier::T2}}, true},
        Selector{"other_tier", {.risk_tiers = {policy::RiskTier::T0}}, false},
        Selector{"data_class", {.data_classes = {policy::DataClass::Internal}}, true},
        Selector{"other_class", {.data_classes = {policy::DataClass::Public}}, false},
        Selector{"segment", {.segments = {{"plan", "gold"}, {"region", "e*"}}}, true},
        Selector{"other_segment", {.segments = {{"plan", "silver"}}}, false},
        Selector{"no_segment", {.segments = {{"size", "*"}}}, false},
        Selector{"header", {.headers = {{"x-plan", "gold*"}}}, true},
        Selector{"other_header", {.headers = {{"x-plan", "gold"}}}, false},
        Selector{"no_header", {.headers = {{"x-other", "*"}}}, false},
        Selector{"tokens", {.prompt_tokens_min = 100, .prompt_tokens_max = 100}, true},
        Selector{"too_short", {.prompt_tokens_min = 101}, false},
        Selector{"too_long", {.prompt_tokens_max = 99}, false},
        Selector{"needs", {.needs = set_of({Capability::Tools})}, true},
        Selector{"more_needs", {.needs = set_of({Capability::Tools, Capability::Audio})}, false},
        Selector{"all_of_them", {.tasks = {"triage"}, .languages = {"fr"}}, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Values, MatchWithStars) {
  EXPECT_TRUE(matches_value("", ""));
  EXPECT_FALSE(matches_value("", "x"));
  EXPECT_TRUE(matches_value("*", ""));
  EXPECT_TRUE(matches_value("a*c*e", "abcccde"));
  EXPECT_FALSE(matches_value("a*c*e", "abde"));
  EXPECT_TRUE(matches_value("*a/b*", "x/a/b/c"));
  EXPECT_FALSE(matches_value("a", "A"));
  EXPECT_FALSE(matches_value("*a*a*a*a*a*b", std::string(256, 'a')));
}

}  // namespace
}  // namespace millwright::gateway
