// Traces, metrics, outcomes and alerts: what the factory knows about itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/telemetry/trace.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::telemetry {

/// Full traces, many to a stored segment; found again by id. Thread-safe.
class TraceStore {
 public:
  TraceStore(store::Database& database, store::Writer& writer);
  ~TraceStore();
  /// Writes the encoded traces (one JSON line each) as one segment, inside a writer job. `first` and `last` bound the
  /// ids it holds.
  [[nodiscard]] Result<void> append_segment(store::Session& session, std::string_view lines, Id first, Id last,
                                            std::int64_t count) const;
  /// Also of a call that was answered a moment ago. Blocks; not for the writer's own thread.
  [[nodiscard]] Result<Trace> load(Id id) const;
  /// Drops segments that ended before `time`; gives the number of traces dropped.
  [[nodiscard]] Result<std::int64_t> drop_before(Timestamp time);

 private:
  [[nodiscard]] Result<Trace> find(Id id) const;

  store::Database& database_;
  store::Writer& writer_;
};

/// What an answer was worth: recorded by the application, tied to the trace.
struct Outcome {
  Id id;
  Timestamp time;
  Id trace;
  std::string use_case;     // of the trace
  std::string name;         // "ticket_resolved"
  double value = 1;         // count, or a score
  Money worth;              // value × the use case's declared worth
  std::string source;       // who recorded it
};
struct OutcomeTotals {
  std::string use_case, name;
  std::int64_t count = 0;
  double value = 0;
  Money worth;
};

class Outcomes {
 public:
  /// Worth of one outcome by use case and name; replaced as a whole when the configuration changes.
  struct Definition {
    std::string use_case, name;
    Money worth;
  };
  Outcomes(store::Database& database, store::Writer& writer, const Clock& clock);
  ~Outcomes();
  void replace_definitions(std::vector<Definition> definitions);
  /// NotFound when the trace is unknown or, where `use_case` is not empty, belongs to another use case; recording the
  /// same (trace, name) again replaces the value. A name the use case does not declare is InvalidInput, unless it
  /// declares none: then anything may be recorded, worth nothing.
  [[nodiscard]] Result<Outcome> record(Id trace, std::string_view use_case, std::string_view name, double value,
                                       std::string_view source);
  [[nodiscard]] Result<std::vector<OutcomeTotals>> totals(Timestamp from, Timestamp to) const;
  [[nodiscard]] Result<std::vector<Outcome>> of_trace(Id trace) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Something a person should know. Raising the same key again while open only updates it.
struct Alert {
  Id id;
  std::string key;          // "budget:helpdesk:2026-11:75"
  std::string severity;     // "info", "warning", "critical"
  std::string title;
  std::string why;          // evidence in one sentence
  std::string object;       // "use_case/helpdesk"
  Timestamp raised;
  std::optional<Timestamp> acknowledged;
  std::optional<Timestamp> closed;
};

class Alerts {
 public:
  Alerts(store::Database& database, store::Writer& writer, const Clock& clock);
  ~Alerts();
  /// Never blocks: safe on the hot path. Each key is stored once.
  void raise(std::string key, std::string severity, std::string title, std::string why, std::string object);
  void close(std::string_view key);
  [[nodiscard]] Result<void> acknowledge(Id id, std::string_view actor);
  [[nodiscard]] Result<std::vector<Alert>> list(bool only_open, std::size_t limit) const;

 private:
  struct State;
  std::shared_ptr<State> state_;   // shared with the writes on their way
};

/// User feedback on an answer: thumbs and a comment.
struct Feedback {
  Id trace;
  int score = 0;            // -1 or 1
  std::string comment;
  std::string user;
  Timestamp time;
};

struct FeedbackTotals {
  std::string use_case;
  std::int64_t up = 0, down = 0;
};

/// Thread-safe; calls block.
class FeedbackStore {
 public:
  FeedbackStore(store::Database& database, store::Writer& writer, const Clock& clock);
  ~FeedbackStore();
  /// NotFound when the trace is unknown or, where `use_case` is not empty, of another use case. The same user again
  /// replaces what was said before. A score other than -1 or 1 is InvalidInput, a comment above 4 KiB TooLarge.
  [[nodiscard]] Result<Feedback> record(Id trace, std::string_view use_case, int score, std::string_view comment,
                                        std::string_view user);
  [[nodiscard]] Result<std::vector<Feedback>> of_trace(Id trace) const;
  [[nodiscard]] Result<std::vector<FeedbackTotals>> totals(Timestamp from, Timestamp to) const;
  [[nodiscard]] Result<std::int64_t> drop_before(Timestamp time);

 private:
  store::Database& database_;
  store::Writer& writer_;
  const Clock& clock_;
  TraceStore traces_;
};

/// Counters and histograms of the process, for /metrics. The label values are bounded: beyond 200 of a label, "other".
class Metrics {
 public:
  Metrics();
  ~Metrics();
  /// One finished request: counts, tokens, cost, duration and first token, by use case, model and status.
  void count_request(const Trace& trace);
  /// Counts an event that has a name and a reason, such as a limit that bit.
  void count_event(std::string_view name, std::string_view reason);
  /// Values computed when scraped: connections, queue lengths, memory.
  void add_gauge(std::string name, std::string help, std::function<double()> read);
  /// Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::telemetry
