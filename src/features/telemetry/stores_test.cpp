// Segments, outcomes, feedback, alerts and retention, on both engines.
#include <gtest/gtest.h>

#include "features/telemetry/retention.hpp"
#include "features/telemetry/telemetry.hpp"
#include "features/telemetry/telemetry_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::telemetry {
namespace {

class SetClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return time; }
  Timestamp time = *parse_time("2026-11-23T13:00:00Z");
};

class TelemetryTest : public testing::TestWithParam<store::Engine> {
 protected:
  TelemetryTest() : data_(GetParam(), sql::migrations), traces_(data_.database(), data_.writer()) {}

  /// Ids grow in the order given; the trace stands in a segment of its own with `neighbours` others.
  Trace store_trace(const std::string& use_case, Timestamp time, int neighbours = 0) {
    Trace trace;
    trace.id = Id::generate_at(time);
    trace.start = time;
    trace.use_case = use_case;
    std::string lines;
    append_json(lines, trace);
    lines += '\n';
    Id first = trace.id, last = trace.id;
    for (int i = 0; i < neighbours; ++i) {
      Trace other;
      other.id = Id::generate_at(time + std::chrono::milliseconds(i));
      other.start = time;
      other.session = "{\"id\":\"" + trace.id.text() + "\"";  // names the id without being its line
      first = std::min(first, other.id);
      last = std::max(last, other.id);
      append_json(lines, other);
      lines += '\n';
    }
    const auto stored = data_.writer().run(
        [&](store::Session& session) { return traces_.append_segment(session, lines, first, last, neighbours + 1); });
    EXPECT_TRUE(stored) << describe(stored.error());
    return trace;
  }

  SetClock clock_;
  test::TestDatabase data_;
  TraceStore traces_;
};
INSTANTIATE_TEST_SUITE_P(Engines, TelemetryTest, testing::ValuesIn(test::both_engines()),
                         test::engine_name<testing::TestParamInfo<store::Engine>>);

TEST_P(TelemetryTest, EveryStatementIsAccepted) { EXPECT_EQ(test::faults_of(data_.database(), sql::all), ""); }

TEST_P(TelemetryTest, TracesAreFoundAmongOthers) {
  const Trace one = store_trace("helpdesk", clock_.time, 20), two = store_trace("sales", clock_.time + 1s, 0);
  const auto found = traces_.load(one.id), other = traces_.load(two.id);
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_TRUE(other) << describe(other.error());
  EXPECT_EQ(found->use_case, "helpdesk");
  EXPECT_EQ(other->use_case, "sales");
  const auto unknown = traces_.load(Id::generate_at(clock_.time));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::NotFound);
}

TEST_P(TelemetryTest, OverlappingSegmentsAreAllLookedAt) {
  // A call that took long ends in a later segment than its id suggests.
  Trace slow;
  slow.id = Id::generate_at(clock_.time - 10min);
  slow.start = clock_.time - 10min;
  const Trace quick = store_trace("a", clock_.time - 9min, 3);
  std::string lines;
  append_json(lines, slow);
  const auto stored = data_.writer().run([&](store::Session& session) {
    return traces_.append_segment(session, lines, slow.id, Id::generate_at(clock_.time), 1);
  });
  ASSERT_TRUE(stored);
  EXPECT_TRUE(traces_.load(slow.id));
  EXPECT_TRUE(traces_.load(quick.id));
}

TEST_P(TelemetryTest, OfSeveralAttemptsTheLastLineCounts) {
  const auto append = [&](std::initializer_list<const char*> models, Id id) {
    std::string lines;
    for (const char* model : models) {
      Trace attempt;
      attempt.id = id;
      attempt.start = clock_.time;
      attempt.model = model;
      attempt.status = TraceStatus::Failed;
      append_json(lines, attempt);
      lines += '\n';
    }
    const auto count = static_cast<std::int64_t>(models.size());
    EXPECT_TRUE(data_.writer().run(
        [&](store::Session& session) { return traces_.append_segment(session, lines, id, id, count); }));
  };
  const auto together = Id::generate_at(clock_.time), apart = Id::generate_at(clock_.time);
  append({"first", "second", "kept"}, together);
  append({"first"}, apart);
  append({"kept"}, apart);
  EXPECT_EQ(traces_.load(together)->model, "kept");
  EXPECT_EQ(traces_.load(apart)->model, "kept");
}

TEST_P(TelemetryTest, RetentionDropsWhatIsOld) {
  const Trace old = store_trace("a", clock_.time - std::chrono::hours(24 * 31), 4);
  const Trace young = store_trace("a", clock_.time - std::chrono::hours(24 * 29), 2);
  FeedbackStore feedback(data_.database(), data_.writer(), clock_);
  Retention retention(traces_, feedback, clock_, {});
  const auto dropped = retention.sweep();
  ASSERT_TRUE(dropped) << describe(dropped.error());
  EXPECT_EQ(*dropped, 5);
  EXPECT_FALSE(traces_.load(old.id));
  EXPECT_TRUE(traces_.load(young.id));
  EXPECT_EQ(retention.sweep().value_or(-1), 0);
  retention.replace_settings({.retention = std::chrono::hours(24)});
  EXPECT_EQ(retention.sweep().value_or(-1), 3);
}

TEST_P(TelemetryTest, OutcomesBelongToTheirTrace) {
  Outcomes outcomes(data_.database(), data_.writer(), clock_);
  outcomes.replace_definitions({{"helpdesk", "ticket_resolved", Money::from_nano(12'000'000'000)}});
  const Trace trace = store_trace("helpdesk", clock_.time), other = store_trace("sales", clock_.time + 1s);
  const auto first = outcomes.record(trace.id, "helpdesk", "ticket_resolved", 1, "key/a");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->worth, Money::from_nano(12'000'000'000));
  const auto again = outcomes.record(trace.id, "helpdesk", "ticket_resolved", 0.5, "key/a");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first->id) << "recording again replaces the value";
  EXPECT_EQ(again->worth, Money::from_nano(6'000'000'000));
  EXPECT_TRUE(outcomes.record(other.id, "sales", "anything", 3, "key/b")) << "a use case that declares nothing";

  const auto totals = outcomes.totals(clock_.time - 1h, clock_.time + 1h);
  ASSERT_TRUE(totals);
  ASSERT_EQ(totals->size(), 2u);
  EXPECT_EQ((*totals)[0].use_case, "helpdesk");
  EXPECT_EQ((*totals)[0].count, 1);
  EXPECT_DOUBLE_EQ((*totals)[0].value, 0.5);
  EXPECT_EQ((*totals)[0].worth, Money::from_nano(6'000'000'000));
  EXPECT_EQ((*totals)[1].worth, Money());
  EXPECT_TRUE(outcomes.totals(clock_.time + 1h, clock_.time + 2h)->empty());
}

TEST_P(TelemetryTest, OutcomesRefuseWhatIsNotTheirs) {
  Outcomes outcomes(data_.database(), data_.writer(), clock_);
  outcomes.replace_definitions({{"helpdesk", "ticket_resolved", Money::from_nano(1)}});
  const Trace trace = store_trace("helpdesk", clock_.time);
  const auto code = [](const auto& result) { return result ? ErrorCode::Internal : result.error().code; };
  EXPECT_EQ(code(outcomes.record(trace.id, "sales", "ticket_resolved", 1, "")), ErrorCode::NotFound);
  EXPECT_EQ(code(outcomes.record(Id::generate(), "helpdesk", "ticket_resolved", 1, "")), ErrorCode::NotFound);
  const auto misspelt = outcomes.record(trace.id, "helpdesk", "ticket_resolvd", 1, "");
  EXPECT_EQ(code(misspelt), ErrorCode::InvalidInput);
  EXPECT_NE(misspelt.error().fix.find("ticket_resolved"), std::string::npos);
  EXPECT_EQ(code(outcomes.record(trace.id, "helpdesk", "ticket_resolved", std::nan(""), "")), ErrorCode::InvalidInput);
  EXPECT_EQ(code(outcomes.record(trace.id, "helpdesk", "", 1, "")), ErrorCode::InvalidInput);
  EXPECT_TRUE(outcomes.of_trace(trace.id)->empty());
}

TEST_P(TelemetryTest, FeedbackIsOneVoiceAPerson) {
  FeedbackStore feedback(data_.database(), data_.writer(), clock_);
  const Trace trace = store_trace("helpdesk", clock_.time);
  ASSERT_TRUE(feedback.record(trace.id, "helpdesk", -1, "wrong printer", "ada"));
  ASSERT_TRUE(feedback.record(trace.id, "helpdesk", 1, "mended", "ada"));
  ASSERT_TRUE(feedback.record(trace.id, "", -1, "\xFF", "ben"));
  const auto all = feedback.of_trace(trace.id);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].comment, "mended");
  EXPECT_EQ((*all)[1].comment, "\xEF\xBF\xBD");
  const auto totals = feedback.totals(clock_.time - 1h, clock_.time + 1h);
  ASSERT_TRUE(totals);
  ASSERT_EQ(totals->size(), 1u);
  EXPECT_EQ((*totals)[0].up, 1);
  EXPECT_EQ((*totals)[0].down, 1);
  EXPECT_EQ(feedback.record(trace.id, "sales", 1, "", "ada").error().code, ErrorCode::NotFound);
  EXPECT_EQ(feedback.record(trace.id, "helpdesk", 2, "", "ada").error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(feedback.record(trace.id, "helpdesk", 1, std::string(5'000, 'x'), "ada").error().code, ErrorCode::TooLarge);
}

TEST_P(TelemetryTest, AlertsAreStoredOncePerOpenKey) {
  Alerts alerts(data_.database(), data_.writer(), clock_);
  for (int i = 0; i < 3; ++i)
    alerts.raise("budget:helpdesk:75", "warning", "75 % spent", "37.50 of 50", "use_case/helpdesk");
  alerts.raise("budget:helpdesk:75", "critical", "75 % spent", "38 of 50", "use_case/helpdesk");
  alerts.raise("disk", "critical", "disk is full", "0 bytes left", "store");
  ASSERT_TRUE(data_.writer().flush());
  auto open = alerts.list(true, 10);
  ASSERT_TRUE(open) << describe(open.error());
  ASSERT_EQ(open->size(), 2u);
  const auto budget = std::ranges::find(*open, "budget:helpdesk:75", &Alert::key);
  ASSERT_NE(budget, open->end());
  EXPECT_EQ(budget->severity, "critical");
  EXPECT_EQ(budget->why, "38 of 50");

  ASSERT_TRUE(alerts.acknowledge(budget->id, "user/ada"));
  ASSERT_TRUE(alerts.acknowledge(budget->id, "user/ben"));
  EXPECT_EQ(alerts.acknowledge(Id::generate(), "user/ada").error().code, ErrorCode::NotFound);
  alerts.close("disk");
  ASSERT_TRUE(data_.writer().flush());
  open = alerts.list(true, 10);
  ASSERT_EQ(open->size(), 1u);
  EXPECT_TRUE((*open)[0].acknowledged);

  alerts.raise("disk", "critical", "disk is full", "again", "store");
  ASSERT_TRUE(data_.writer().flush());
  EXPECT_EQ(alerts.list(true, 10)->size(), 2u) << "a closed key may be raised anew";
  EXPECT_EQ(alerts.list(false, 10)->size(), 3u);
  EXPECT_EQ(alerts.list(false, 2)->size(), 2u);
}

TEST_P(TelemetryTest, AlertsOfAnEarlierRunAreUpdatedNotDoubled) {
  {
    Alerts before(data_.database(), data_.writer(), clock_);
    before.raise("disk", "warning", "disk fills", "90 %", "store");
    ASSERT_TRUE(data_.writer().flush());
  }
  Alerts after(data_.database(), data_.writer(), clock_);
  after.raise("disk", "critical", "disk is full", "100 %", "store");
  ASSERT_TRUE(data_.writer().flush());
  const auto all = after.list(false, 10);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ((*all)[0].severity, "critical");
}

}  // namespace
}  // namespace millwright::telemetry
