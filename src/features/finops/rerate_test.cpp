#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/finops/finops.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/telemetry/telemetry_sql.hpp"
#include "io/loop/runtime.hpp"
#include "store/vault/vault.hpp"
#include "tests/support/database.hpp"

namespace millwright::finops {
namespace {

ModelPrice price_of(std::int64_t nano_per_token, std::string version) {
  ModelPrice made;
  for (const auto& meter : priced_meters) made.*meter.price = {nano_per_token * 1'000'000};
  made.version = std::move(version);
  return made;
}

/// Accounts with an audit log over a real database; calls of one use case each.
class RerateTest : public testing::TestWithParam<store::Engine> {
 protected:
  RerateTest() : database_(GetParam(), audit::migrations()) {
    database_.migrate(telemetry::sql::migrations);
    database_.migrate(sql::migrations);
    runtime_.start();
    vault_ = std::move(*store::Vault::open_or_create(database_.directory().string(), SecretSource{}));
    audit_ = std::move(*audit::Audit::open(database_.database(), database_.writer(), *vault_, system_clock(),
                                           {.data_directory = database_.directory()}));
    traces_ = std::make_unique<telemetry::TraceStore>(database_.database(), database_.writer());
    alerts_ = std::make_unique<telemetry::Alerts>(database_.database(), database_.writer(), system_clock());
    open();
  }
  ~RerateTest() override {
    accounts_.reset();
    runtime_.stop();
  }
  void open() {
    accounts_.reset();
    AccountsOptions options;
    options.directory = database_.directory().string();
    auto opened = Accounts::open(options, database_.database(), database_.writer(), *traces_, *alerts_, system_clock());
    ASSERT_TRUE(opened) << describe(opened.error());
    accounts_ = std::move(*opened);
  }

  io::Task<void> make_call(CallFacts facts, Usage usage, std::promise<Result<void>>& done) {
    AdmitRequest request;
    request.facts = facts;
    request.price = &price_;
    request.worst_case = Money::from_nano(1'000'000);
    auto flight = co_await accounts_->admit(std::move(request));
    if (!flight) {
      done.set_value(pass(flight));
      co_return;
    }
    telemetry::Trace trace;
    trace.id = facts.trace;
    trace.start = facts.time;
    flight->mark_sent();
    auto settled = co_await flight->settle(trace, usage);
    done.set_value(std::move(settled));
  }
  Result<void> call(std::string use_case, Usage usage, std::string model = "small") {
    CallFacts facts;
    facts.time = system_clock().now();
    facts.trace = Id::generate_at(facts.time);
    facts.use_case = std::move(use_case);
    facts.team = "it";
    facts.model = std::move(model);
    std::promise<Result<void>> done;
    io::spawn(runtime_.loop(0), "test", make_call(facts, std::move(usage), done));
    return done.get_future().get();
  }
  Result<RerateReport> rerate(const ModelPrice& price, bool is_dry_run = false) {
    const PriceBook book({{"small", {{Timestamp{}, Timestamp::max(), price, "configuration", ""}}}}, ModelPrice());
    return accounts_->rerate({start_, system_clock().now() + std::chrono::hours(1), is_dry_run, "test"}, book, *audit_);
  }
  Money total() {
    Money sum;
    const auto rows = accounts_->report({{}, start_, system_clock().now() + std::chrono::hours(1)});
    EXPECT_TRUE(rows);
    for (const auto& row : *rows) sum += row.cost;
    return sum;
  }
  Money settled(std::string_view scope) {
    for (const auto& status : accounts_->budgets()) {
      if (status.definition.scope == scope) return status.settled;
    }
    return {};
  }
  std::vector<BudgetDefinition> budgets() {
    return {{"team/it", Money::from_nano(1'000'000'000'000), Period::Total, {}, AtLimit::Block},
            {"use_case/a", Money::from_nano(1'000'000'000'000), Period::Total, {}, AtLimit::Block}};
  }

  Timestamp start_ = system_clock().now() - std::chrono::hours(1);
  ModelPrice price_ = price_of(1, "old");
  io::Runtime runtime_{{2, 2}};
  test::TestDatabase database_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<telemetry::TraceStore> traces_;
  std::unique_ptr<telemetry::Alerts> alerts_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_P(RerateTest, RowsSumsAndBudgetsMoveByExactlyTheDifference) {
  ASSERT_TRUE(accounts_->replace_budgets(budgets()));
  ASSERT_TRUE(call("a", {{100, 0, 0, 10, 0}, false, ""}));
  ASSERT_TRUE(call("b", {{0, 50, 0, 0, 0, 7, 0, 0, 0, 0, 2}, false, ""}));
  EXPECT_EQ(total().nano(), 169);
  const auto report = rerate(price_of(3, "new"));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->by_use_case.at("a").before.nano(), 110);
  EXPECT_EQ(report->by_use_case.at("a").after.nano(), 330);
  EXPECT_EQ(report->by_use_case.at("b").changed, 1);
  EXPECT_EQ(total().nano(), 3 * 169);
  EXPECT_EQ(settled("team/it").nano(), 3 * 169);
  EXPECT_EQ(settled("use_case/a").nano(), 330);
  LedgerQuery query;
  query.use_case = "a";
  const auto row = accounts_->list(query)->rows.at(0);
  EXPECT_EQ(row.facts.price_version, "new");
  ASSERT_TRUE(row.original_cost);
  EXPECT_EQ(row.original_cost->nano(), 110);
  open();  // the hourly sums say the same after a restart
  ASSERT_TRUE(accounts_->replace_budgets(budgets()));
  EXPECT_EQ(settled("team/it").nano(), 3 * 169);
  EXPECT_EQ(settled("use_case/a").nano(), 330);
}

TEST_P(RerateTest, ASecondTimeChangesNothingAndTheOriginalStays) {
  ASSERT_TRUE(call("a", {{100, 0, 0, 0, 0}, false, ""}));
  ASSERT_TRUE(rerate(price_of(3, "new")));
  const auto again = rerate(price_of(3, "new"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->by_use_case.at("a").changed, 0);
  ASSERT_TRUE(rerate(price_of(2, "newer")));
  EXPECT_EQ(accounts_->list({})->rows.at(0).original_cost->nano(), 100);
  const auto entries =
      audit_->list({.actor = {}, .action = "cost.rerate", .object = {}, .since = {}, .until = {}}, "", 10);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->records.size(), 2u) << "one for each page that changed something";
}

TEST_P(RerateTest, ADryRunTellsTheDifferenceAndChangesNothing) {
  ASSERT_TRUE(call("a", {{100, 0, 0, 0, 0}, false, ""}));
  const auto report = rerate(price_of(3, "new"), true);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->by_use_case.at("a").after.nano(), 300);
  EXPECT_EQ(total().nano(), 100);
  EXPECT_FALSE(accounts_->list({})->rows.at(0).original_cost);
}

TEST_P(RerateTest, WhatHasNoUsageOrNoPriceStaysAsItIs) {
  ASSERT_TRUE(call("a", {{100, 0, 0, 0, 0}, false, ""}, "unknown"));
  ASSERT_TRUE(call("a", {{}, true, ""}));
  const auto report = rerate(price_of(3, "new"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->unknown, 1);
  EXPECT_EQ(report->by_use_case.at("a").changed, 0);
  EXPECT_EQ(total().nano(), 100);
}

TEST_P(RerateTest, TheTierOfARowDecidesAgain) {
  ASSERT_TRUE(call("a", {{100, 0, 0, 0, 0}, false, "", ServiceTier::Batch}));
  auto price = price_of(4, "new");
  price.variants.push_back({ServiceTier::Batch, 0, {}, price_of(2, "")});
  ASSERT_TRUE(rerate(price));
  EXPECT_EQ(total().nano(), 200);
  EXPECT_EQ(accounts_->list({})->rows.at(0).tier, ServiceTier::Batch);
}

TEST_P(RerateTest, ManyPagesWhileCallsAreSettledStayExact) {
  ASSERT_TRUE(accounts_->replace_budgets(budgets()));
  for (int i = 0; i < 1'100; ++i) ASSERT_TRUE(call("a", {{1 + i % 7, 0, 0, 0, 0}, false, ""}));
  std::jthread caller([this]() {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(call("a", {{5, 0, 0, 0, 0}, false, ""}));
  });
  for (std::int64_t factor = 2; factor < 6; ++factor) ASSERT_TRUE(rerate(price_of(factor, fmt::format("v{}", factor))));
  caller.join();
  ASSERT_TRUE(rerate(price_of(9, "last")));
  std::int64_t tokens = 200 * 5;
  for (int i = 0; i < 1'100; ++i) tokens += 1 + i % 7;
  EXPECT_EQ(total().nano(), 9 * tokens);
  EXPECT_EQ(settled("team/it").nano(), 9 * tokens);
  EXPECT_EQ(settled("use_case/a").nano(), 9 * tokens);
}

INSTANTIATE_TEST_SUITE_P(Engines, RerateTest, testing::ValuesIn(test::both_engines()),
                         test::engine_name<testing::TestParamInfo<store::Engine>>);

}  // namespace
}  // namespace millwright::finops
