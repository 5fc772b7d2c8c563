// What users thought of answers: one voice a person and trace, the last one counts.
#include "base/text.hpp"
#include "features/telemetry/telemetry.hpp"
#include "features/telemetry/telemetry_sql.hpp"

namespace millwright::telemetry {
namespace {

constexpr std::size_t comment_bytes_max = 4'096;

}  // namespace

FeedbackStore::FeedbackStore(store::Database& database, store::Writer& writer, const Clock& clock)
    : database_(database), writer_(writer), clock_(clock), traces_(database, writer) {}
FeedbackStore::~FeedbackStore() = default;

Result<Feedback> FeedbackStore::record(Id trace, std::string_view use_case, int score, std::string_view comment,
                                       std::string_view user) {
  if (score != -1 && score != 1) {
    auto error = fail(ErrorCode::InvalidInput, "a score is -1 or 1");
    error.error().where.field = "score";
    return error;
  }
  if (comment.size() > comment_bytes_max) {
    auto error = fail(ErrorCode::TooLarge, "a comment has at most {} bytes", comment_bytes_max);
    error.error().where.field = "comment";
    return error;
  }
  auto found = traces_.load(trace);
  if (!found) return pass(found);
  if (!use_case.empty() && found->use_case != use_case) return fail(ErrorCode::NotFound, "no trace {}", trace.text());
  Feedback feedback{.trace = trace,
                    .score = score,
                    .comment = to_valid_utf8(comment),
                    .user = to_valid_utf8(user),
                    .time = clock_.now()};
  auto stored = writer_.run([&feedback, &found](store::Session& session) -> Result<void> {
    auto written = session.execute(sql::upsert_feedback,
                                   {feedback.trace.text(), feedback.user, to_micros(feedback.time), found->use_case,
                                    static_cast<std::int64_t>(feedback.score), feedback.comment});
    if (!written) return pass(written);
    return {};
  });
  if (!stored) return pass(stored);
  return feedback;
}

Result<std::vector<Feedback>> FeedbackStore::of_trace(Id trace) const {
  auto rows = database_.select(sql::feedback_of_trace, {trace.text()});
  if (!rows) return pass(rows);
  std::vector<Feedback> all;
  for (const store::Row& row : *rows) {
    all.push_back({.trace = trace,
                   .score = static_cast<int>(row.integer(2)),
                   .comment = row.text(3),
                   .user = row.text(0),
                   .time = row.time(1)});
  }
  return all;
}

Result<std::vector<FeedbackTotals>> FeedbackStore::totals(Timestamp from, Timestamp to) const {
  auto rows = database_.select(sql::feedback_totals, {to_micros(from), to_micros(to)});
  if (!rows) return pass(rows);
  std::vector<FeedbackTotals> totals;
  for (const store::Row& row : *rows) totals.push_back({row.text(0), row.integer(1), row.integer(2)});
  return totals;
}

Result<std::int64_t> FeedbackStore::drop_before(Timestamp time) {
  std::int64_t dropped = 0;
  auto done = writer_.run([&dropped, time](store::Session& session) -> Result<void> {
    auto removed = session.execute(sql::delete_old_feedback, {to_micros(time)});
    if (!removed) return pass(removed);
    dropped = *removed;
    return {};
  });
  if (!done) return pass(done);
  return dropped;
}

}  // namespace millwright::telemetry
