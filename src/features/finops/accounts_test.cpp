#include <future>
#include <random>

#include <gtest/gtest.h>

#include "features/finops/finops.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/telemetry/telemetry_sql.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/database.hpp"

namespace millwright::finops {
namespace {

ModelPrice price() {
  ModelPrice made;
  made.input = made.cache_read = made.cache_write = UnitPrice{1'000'000};   // one nano-dollar a token
  made.output = made.reasoning = UnitPrice{2'000'000};
  made.version = "p-test";
  return made;
}

/// Accounts over a real database, and coroutines driven from the test's thread.
class AccountsTest : public testing::TestWithParam<store::Engine> {
 protected:
  AccountsTest() : database_(GetParam(), telemetry::sql::migrations) {
    database_.migrate(finops::sql::migrations);
    runtime_.start();
    open();
  }
  ~AccountsTest() override {
    accounts_.reset();
    runtime_.stop();
  }

  void open() {
    accounts_.reset();
    traces_ = std::make_unique<telemetry::TraceStore>(database_.database(), database_.writer());
    alerts_ = std::make_unique<telemetry::Alerts>(database_.database(), database_.writer(), system_clock());
    AccountsOptions options;
    options.directory = database_.directory().string();
    options.budget_wait = Duration(5'000);
    auto opened = Accounts::open(options, database_.database(), database_.writer(), *traces_, *alerts_, system_clock());
    ASSERT_TRUE(opened) << describe(opened.error());
    accounts_ = std::move(*opened);
  }

  template <class T>
  T run(io::Task<T> task) {
    std::promise<T> promise;
    auto future = promise.get_future();
    io::spawn(runtime_.loop(0), "test", keep(std::move(task), promise));
    return future.get();
  }
  template <class T>
  static io::Task<void> keep(io::Task<T> task, std::promise<T>& promise) {
    auto value = co_await std::move(task);
    promise.set_value(std::move(value));
  }

  AdmitRequest request(Money worst_case) {
    AdmitRequest made;
    made.facts.time = system_clock().now();
    made.facts.trace = Id::generate_at(made.facts.time);
    made.facts.use_case = "helpdesk";
    made.facts.team = "it";
    made.facts.model = "small";
    made.facts.environment = "test";
    made.price = &price_;
    made.worst_case = worst_case;
    return made;
  }
  static telemetry::Trace trace_for(const AdmitRequest& request) {
    telemetry::Trace trace;
    trace.id = request.facts.trace;
    trace.start = request.facts.time;
    trace.use_case = request.facts.use_case;
    trace.http_status = 200;
    return trace;
  }
  Result<void> call(Money worst_case, const Usage& usage) {
    auto wanted = request(worst_case);
    auto trace = trace_for(wanted);
    auto flight = run(accounts_->admit(wanted));
    if (!flight) return pass(flight);
    flight->mark_sent();
    flight->stage(usage);
    return run(flight->settle(trace, usage));
  }
  CostRow total() {
    auto rows = accounts_->report({{"use_case"}, Timestamp{}, system_clock().now() + std::chrono::hours(1)});
    EXPECT_TRUE(rows) << describe(rows.error());
    return rows && !rows->empty() ? rows->front() : CostRow{};
  }

  ModelPrice price_ = price();
  io::Runtime runtime_{{2, 2}};
  test::TestDatabase database_;
  std::unique_ptr<telemetry::TraceStore> traces_;
  std::unique_ptr<telemetry::Alerts> alerts_;
  std::unique_ptr<Accounts> accounts_;
};

BudgetDefinition budget(std::int64_t nano) {
  return {"use_case/helpdesk", Money::from_nano(nano), Period::Month, {50, 75, 90}, AtLimit::Block};
}

TEST_P(AccountsTest, SettledCallsAreInTheLedgerTheTracesAndTheSums) {
  ASSERT_TRUE(accounts_->replace_budgets({budget(1'000'000)}));
  auto wanted = request(Money::from_nano(5'000));
  auto trace = trace_for(wanted);
  auto flight = run(accounts_->admit(wanted));
  ASSERT_TRUE(flight);
  EXPECT_EQ(accounts_->budgets()[0].reserved.nano(), 5'000);
  const Usage usage{{100, 20, 0, 30, 0}, false, "req-9"};
  flight->mark_sent();
  flight->stage(usage);
  ASSERT_TRUE(run(flight->settle(trace, usage)));
  EXPECT_EQ(trace.cost.nano(), 180);
  EXPECT_EQ(accounts_->budgets()[0].reserved.nano(), 0);
  EXPECT_EQ(accounts_->budgets()[0].settled.nano(), 180);
  auto row = accounts_->load(trace.id);
  ASSERT_TRUE(row) << describe(row.error());
  EXPECT_EQ(row->tokens, usage.tokens);
  EXPECT_EQ(row->cost.nano(), 180);
  EXPECT_EQ(row->facts.use_case, "helpdesk");
  EXPECT_EQ(row->facts.price_version, "p-test");
  EXPECT_EQ(row->provider_request, "req-9");
  auto stored = traces_->load(trace.id);
  ASSERT_TRUE(stored) << describe(stored.error());
  EXPECT_EQ(stored->cost.nano(), 180);
  EXPECT_EQ(accounts_->open_flights(), 0u);
}

TEST_P(AccountsTest, SumsOutliveARestart) {
  ASSERT_TRUE(accounts_->replace_budgets({budget(1'000)}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(call(Money::from_nano(300), {{300, 0, 0, 0, 0}, false, ""}));
  open();
  ASSERT_TRUE(accounts_->replace_budgets({budget(1'000)}));
  EXPECT_EQ(accounts_->budgets()[0].settled.nano(), 900);
  const auto refused = call(Money::from_nano(101), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::BudgetExhausted);
  EXPECT_TRUE(call(Money::from_nano(100), {{100, 0, 0, 0, 0}, false, ""}));
}

TEST_P(AccountsTest, UseCountsCallsOnceAndLeavesOutRefusalsThatUsedNothing) {
  auto served = request(Money::from_nano(1'000));
  served.facts.provider = "acme";
  const auto book = [&](AdmitRequest wanted, telemetry::TraceStatus status, const Usage& usage) {
    auto trace = trace_for(wanted);
    trace.status = status;
    auto flight = run(accounts_->admit(wanted));
    ASSERT_TRUE(flight);
    ASSERT_TRUE(run(flight->settle(trace, usage)));
  };
  const Usage usage{{10, 2, 3, 4, 1}, false, ""};
  book(served, telemetry::TraceStatus::Failed, usage);
  served.attempt = 1;
  book(served, telemetry::TraceStatus::Ok, usage);        // the same call, tried again
  auto other = served;
  other.facts.trace = Id::generate_at(other.facts.time);
  other.attempt = 0;
  book(other, telemetry::TraceStatus::Refused, usage);    // withheld after it was paid for
  for (const auto* provider : {"acme", ""}) {             // refused before it was sent; never chose a model
    other.facts.trace = Id::generate_at(other.facts.time);
    other.facts.provider = provider;
    auto trace = trace_for(other);
    trace.status = *provider != 0 ? telemetry::TraceStatus::Refused : telemetry::TraceStatus::Failed;
    ASSERT_TRUE(run(accounts_->record_free(trace, other.facts, 0)));
  }
  const auto sums = accounts_->use_since(served.facts.time);
  ASSERT_TRUE(sums) << describe(sums.error());
  ASSERT_EQ(sums->size(), 1u);
  EXPECT_EQ(sums->front().use_case, "helpdesk");
  EXPECT_EQ(sums->front().calls, 2);
  EXPECT_EQ(sums->front().rows, 3);
  EXPECT_EQ(sums->front().tokens, 60);
  const auto later = accounts_->use_since(served.facts.time + std::chrono::hours(1));
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->empty());
}

TEST_P(AccountsTest, WhatAKillLeavesInTheJournalBecomesRows) {
  // Three calls stop at three stages; the process "dies": its accounts are dropped without settling anything, by
  // copying the journal aside and putting it back.
  auto open_call = request(Money::from_nano(1'000)), sent_call = request(Money::from_nano(2'000)),
       staged_call = request(Money::from_nano(3'000));
  auto open_flight = run(accounts_->admit(open_call));
  auto sent_flight = run(accounts_->admit(sent_call));
  auto staged_flight = run(accounts_->admit(staged_call));
  ASSERT_TRUE(open_flight && sent_flight && staged_flight);
  sent_flight->mark_sent();
  staged_flight->mark_sent();
  staged_flight->stage({{10, 0, 0, 5, 0}, false, "req-3"});
  const auto journal = database_.directory() / "flights.journal";
  const auto aside = database_.directory() / "aside";
  std::filesystem::copy_file(journal, aside);
  test::TestDatabase other(GetParam(), telemetry::sql::migrations);
  other.migrate(finops::sql::migrations);
  std::filesystem::copy_file(aside, other.directory() / "flights.journal");

  telemetry::TraceStore traces(other.database(), other.writer());
  telemetry::Alerts alerts(other.database(), other.writer(), system_clock());
  AccountsOptions options;
  options.directory = other.directory().string();
  auto recovered = Accounts::open(options, other.database(), other.writer(), traces, alerts, system_clock());
  ASSERT_TRUE(recovered) << describe(recovered.error());
  EXPECT_EQ((*recovered)->recovered(), 3u);
  EXPECT_EQ((*recovered)->open_flights(), 0u);
  const auto never_sent = (*recovered)->load(open_call.facts.trace);
  const auto maybe_billed = (*recovered)->load(sent_call.facts.trace);
  const auto known = (*recovered)->load(staged_call.facts.trace);
  ASSERT_TRUE(never_sent && maybe_billed && known);
  EXPECT_EQ(never_sent->cost.nano(), 0);
  EXPECT_EQ(maybe_billed->cost.nano(), 2'000);
  EXPECT_TRUE(maybe_billed->is_estimated);
  EXPECT_EQ(known->cost.nano(), 20);
  EXPECT_FALSE(known->is_estimated);
  EXPECT_EQ(known->status, telemetry::TraceStatus::Interrupted);

  // A second start finds nothing more, and the same journal replayed over the rows adds none.
  std::filesystem::copy_file(aside, other.directory() / "flights.journal",
                             std::filesystem::copy_options::overwrite_existing);
  recovered->reset();
  auto again = Accounts::open(options, other.database(), other.writer(), traces, alerts, system_clock());
  ASSERT_TRUE(again);
  auto rows = (*again)->list({});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->rows.size(), 3u);
}

TEST_P(AccountsTest, AnAbandonedFlightIsBookedAndGivesItsMoneyBack) {
  ASSERT_TRUE(accounts_->replace_budgets({budget(10'000)}));
  auto wanted = request(Money::from_nano(4'000));
  {
    auto flight = run(accounts_->admit(wanted));
    ASSERT_TRUE(flight);
    flight->mark_sent();
  }
  EXPECT_EQ(accounts_->budgets()[0].reserved.nano(), 0);
  const auto row = accounts_->load(wanted.facts.trace);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->cost.nano(), 4'000) << "it may have been billed, and nobody knows";
  EXPECT_TRUE(row->is_estimated);
  EXPECT_EQ(row->status, telemetry::TraceStatus::Failed);
}

io::Task<void> one_call(Accounts& accounts, AdmitRequest wanted, const ModelPrice& price, std::atomic<int>& served,
                        std::atomic<int>& left, std::promise<void>& done) {
  wanted.price = &price;
  telemetry::Trace trace;
  trace.id = wanted.facts.trace;
  trace.start = wanted.facts.time;
  auto flight = co_await accounts.admit(std::move(wanted));
  if (flight) {
    flight->mark_sent();
    auto slept = co_await io::sleep_for(Duration(1));
    (void)slept;
    // Reserved for 20, used 10: without waiting, reservations of others would turn calls away that fit.
    auto settled = co_await flight->settle(trace, {{10, 0, 0, 0, 0}, false, ""});
    if (settled) ++served;
  }
  if (--left == 0) done.set_value();
}

TEST_P(AccountsTest, AThousandCallsAgainstABudgetForFiveHundredServeExactlyWhatFits) {
  // A call fits while 20 are free: 499 calls leave 10 + 10 … the last that fits starts at 4,990 of 5,010.
  ASSERT_TRUE(accounts_->replace_budgets({budget(5'010)}));
  std::atomic<int> served = 0, left = 1'000;
  std::promise<void> done;
  for (unsigned i = 0; i < 1'000; ++i) {
    io::spawn(runtime_.loop(i % 2), "call",
              one_call(*accounts_, request(Money::from_nano(20)), price_, served, left, done));
  }
  done.get_future().get();
  EXPECT_EQ(served.load(), 500);
  EXPECT_EQ(accounts_->budgets()[0].settled.nano(), 5'000);
  EXPECT_EQ(accounts_->budgets()[0].reserved.nano(), 0);
  EXPECT_EQ(total().cost.nano(), 5'000);
  EXPECT_EQ(total().requests, 500);
}

TEST_P(AccountsTest, AFallbackMovesTheReservation) {
  ASSERT_TRUE(accounts_->replace_budgets({budget(1'000)}));
  auto wanted = request(Money::from_nano(900));
  auto trace = trace_for(wanted);
  auto flight = run(accounts_->admit(wanted));
  ASSERT_TRUE(flight);
  auto free_price = ModelPrice{};
  free_price.version = "free";
  ASSERT_TRUE(flight->switch_model("extractive", "builtin", free_price, Money()));
  EXPECT_EQ(accounts_->budgets()[0].reserved.nano(), 0);
  ASSERT_TRUE(run(flight->settle(trace, {{50, 0, 0, 50, 0}, false, ""})));
  const auto row = accounts_->load(trace.id);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->facts.model, "extractive");
  EXPECT_EQ(row->cost.nano(), 0);
}

TEST_P(AccountsTest, ARowThatIsThereAlreadyDoesNotHoldUpTheLedger) {
  auto wanted = request(Money::from_nano(100));
  auto trace = trace_for(wanted);
  ASSERT_TRUE(run(accounts_->record_free(trace, wanted.facts, 0)));
  ASSERT_TRUE(accounts_->load(trace.id));
  ASSERT_TRUE(run(accounts_->record_free(trace, wanted.facts, 0)));   // the same key once more: a bug of a caller
  (void)accounts_->load(trace.id);
  (void)accounts_->load(trace.id);
  EXPECT_TRUE(call(Money::from_nano(100), {{1, 0, 0, 0, 0}, false, ""}));
  const auto rows = accounts_->list({});
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(rows->rows.size(), 2u);
}

TEST_P(AccountsTest, PagesRunThroughAllRowsNewestFirst) {
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(call(Money::from_nano(100), {{1, 0, 0, 0, 0}, false, ""}));
  LedgerQuery query;
  query.limit = 10;
  std::vector<Id> seen;
  for (int page = 0; page < 5; ++page) {
    auto rows = accounts_->list(query);
    ASSERT_TRUE(rows) << describe(rows.error());
    for (const auto& row : rows->rows) seen.push_back(row.facts.trace);
    query.cursor = rows->next_cursor;
    if (query.cursor.empty()) break;
  }
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::ranges::greater{}));
  query = {};
  query.use_case = "unknown";
  EXPECT_TRUE(accounts_->list(query)->rows.empty());
  query = {};
  query.status = "nonsense";
  EXPECT_FALSE(accounts_->list(query));
}

TEST_P(AccountsTest, ACallWhoseAttemptsAreOnTwoPagesLosesNone) {
  for (int i = 0; i < 5; ++i) {
    auto wanted = request(Money::from_nano(100));
    auto trace = trace_for(wanted);
    for (std::uint32_t attempt = 0; attempt < 3; ++attempt)
      ASSERT_TRUE(run(accounts_->record_free(trace, wanted.facts, attempt)));
  }
  for (LedgerQuery query{.limit = 1}; query.limit < 8; ++query.limit) {
    std::size_t seen = 0;
    do {
      auto rows = accounts_->list(query);
      ASSERT_TRUE(rows) << describe(rows.error());
      seen += rows->rows.size();
      query.cursor = rows->next_cursor;
    } while (!query.cursor.empty() && seen < 100);
    EXPECT_EQ(seen, 15u) << query.limit;
  }
}

TEST_P(AccountsTest, NoTierOrBandOverspendsABudget) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const auto upto = [&random](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
  };
  for (const auto tier : {ServiceTier::Standard, ServiceTier::Batch, ServiceTier::Priority}) {
    for (const std::int64_t band : {0, 500}) {
      RateCard card;
      for (const auto& meter : priced_meters) card.*meter.price = {upto(9'000'000)};
      price_.variants.push_back({tier, band, {}, card});
    }
  }
  const Money limit = Money::from_nano(200'000);
  ASSERT_TRUE(accounts_->replace_budgets({budget(limit.nano())}));
  int served = 0;
  for (int i = 0; i < 200; ++i) {
    const CallBounds bounds{upto(1'000), upto(200), upto(2), false, false, false, {}};
    const auto now = system_clock().now();
    TokenCounts tokens{upto(bounds.input_max), 0, 0, upto(bounds.output_max), 0};
    tokens.tool_requests = upto(bounds.tool_requests_max);
    const Usage usage{tokens, false, "", static_cast<ServiceTier>(upto(4))};
    served += call(worst_case(bounds, price_, now), usage) ? 1 : 0;
    ASSERT_LE(accounts_->budgets()[0].settled, limit);
  }
  EXPECT_GT(served, 0);
  EXPECT_EQ(total().cost, accounts_->budgets()[0].settled);
}

TEST_P(AccountsTest, ReportNamesADimensionItDoesNotKnow) {
  const auto report = accounts_->report({{"use_cas"}, Timestamp{}, system_clock().now()});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().where.field, "by");
  EXPECT_NE(report.error().fix.find("use_case"), std::string::npos);
}

TEST_P(AccountsTest, EveryStatementPrepares) {
  EXPECT_EQ(test::faults_of(database_.database(), sql::all), "");
}

INSTANTIATE_TEST_SUITE_P(Engines, AccountsTest, testing::ValuesIn(test::both_engines()), test::engine_name<testing::TestParamInfo<store::Engine>>);

}  // namespace
}  // namespace millwright::finops
