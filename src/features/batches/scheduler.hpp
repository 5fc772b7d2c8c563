// Runs batches: one thread decides whose line is next, the calls themselves run on the loops, files are read and written
// on the pool. Internal to features/batches.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "features/batches/batch_store.hpp"
#include "features/batches/batches.hpp"
#include "features/batches/line.hpp"
#include "features/batches/line_source.hpp"
#include "features/batches/plan.hpp"

namespace millwright::batches {

/// A line that is to run, and how often it has been tried.
struct Turn {
  Line line;
  int tries = 0;
};

/// An unfinished batch in memory. Guarded by the scheduler's mutex but for `source`, which belongs to whoever is busy
/// with it: the scheduler's thread, or the one job of the pool while `is_busy`.
struct Active {
  Batch batch;
  std::unique_ptr<LineSource> source;
  std::vector<bool> is_taken;           // by line number: read from the source, or with a row
  std::deque<Turn> again;
  bool is_read = false;                 // the source has no further line
  bool is_busy = false;
  int in_flight = 0;
  int failures = 0;                     // refusals in a row that may pass
  Timestamp not_before{};
  Timestamp next_look{};                // at its approval and budget
  Timestamp next_poll{};                // of a provider's batch
  PriceHours hours;
  Timestamp hours_at{};                 // when they were looked up
  std::int64_t timed_lines = 0, timed_ms = 0;
  std::uint64_t last_turn = 0;
  bool is_provider_tried = false;
  bool is_cancel_asked = false;         // of the provider's batch
  finops::Flight reserved;              // for a provider's batch
  Duration poll_wait{0};

  [[nodiscard]] bool has_taken(std::int64_t line) const {
    return static_cast<std::size_t>(line) < is_taken.size() && is_taken[static_cast<std::size_t>(line)];
  }
  void set_taken(std::int64_t line, bool value) {
    const auto index = static_cast<std::size_t>(line);
    if (index >= is_taken.size()) is_taken.resize(index + 1);
    is_taken[index] = value;
  }
  [[nodiscard]] std::int64_t lines_left() const {
    return batch.counts.total - batch.counts.completed - batch.counts.failed;
  }
};
using ActivePtr = std::shared_ptr<Active>;

/// Models that a name in a line may reach by its route, first choice first.
[[nodiscard]] std::vector<std::string> reachable_models(const gateway::GatewayConfig& config, std::string_view name);

/// What a line is called in a provider's batch.
[[nodiscard]] std::string provider_item_name(std::int64_t line);

class Scheduler final : public Batches {
 public:
  Scheduler(BatchParts parts, BatchSettings settings);
  ~Scheduler() override;

  void start() override;
  void stop(Duration grace) override;
  void replace_settings(BatchSettings settings) override;
  [[nodiscard]] Result<Batch> create(NewBatch batch) override;
  [[nodiscard]] Result<Batch> load(const std::string& id, const std::string& scope) override;
  [[nodiscard]] Result<BatchPage> list(const std::string& scope, const std::string& after, std::size_t limit) override;
  [[nodiscard]] Result<Batch> cancel(const std::string& id, const std::string& scope) override;
  [[nodiscard]] Result<std::int64_t> drop_old() override;
  [[nodiscard]] Result<void> check(std::string_view endpoint, json::object body) const override;
  [[nodiscard]] Result<void> remove_file(const std::string& id, const std::string& scope) override;
  [[nodiscard]] FileStore& files() override { return *parts_.files; }

  /// Reads what the last run left. Before start.
  [[nodiscard]] Result<void> recover();

 private:
  // scheduler.cpp: what is next
  void run();
  [[nodiscard]] Duration time_to_next() const;
  void step(const ActivePtr& active);
  void dispatch();
  [[nodiscard]] std::vector<ActivePtr> all() const;
  /// Decides whether its lines may run now and says so in the batch.
  [[nodiscard]] bool may_run(Active& active, Timestamp now);
  [[nodiscard]] std::optional<Turn> take_turn(const ActivePtr& active);
  void wake();
  /// Runs `work` on the pool while the batch is marked busy.
  void keep_busy(const ActivePtr& active, std::function<void()> work);
  void save(const Batch& batch);

  // lines.cpp: one line to its end
  void start_turn(const ActivePtr& active, Turn turn);
  [[nodiscard]] Result<gateway::ChatCall> call_of(const Batch& batch, const Dialect& dialect, const Line& line, Id trace) const;
  io::Task<void> end_turn(ActivePtr active, Turn turn, const Dialect* dialect, std::chrono::steady_clock::time_point began,
                          gateway::ChatOutcome outcome);
  io::Task<void> refuse_turn(ActivePtr active, Turn turn, const Dialect* dialect, Id trace, Error error);
  io::Task<void> try_again(ActivePtr active, Turn turn, Error error);
  io::Task<void> keep_result(ActivePtr active, LineResult result);
  [[nodiscard]] LineResult result_of(const Dialect& dialect, const Line& line, gateway::ChatOutcome& outcome) const;
  void leave_turn(const ActivePtr& active);
  [[nodiscard]] const Dialect* find_dialect(std::string_view endpoint) const;

  // money.cpp: batches that wait for a budget
  void pause(Active& active, const Error& error);
  void look_at_pause(const ActivePtr& active);
  void ask_for_approval(const ActivePtr& active);
  void withdraw_approval(const Batch& batch);

  // input_output.cpp: files of a batch
  void validate(const ActivePtr& active);
  void finalize(const ActivePtr& active);
  [[nodiscard]] Result<void> write_results(Batch& batch);
  [[nodiscard]] Result<std::unique_ptr<LineSource>> open_source(const Batch& batch);

  // provider_batch.cpp and provider_results.cpp: lines through a provider's own batch
  struct ProviderPlace {
    std::string model, provider_name;
    std::shared_ptr<gateway::Provider> provider;
  };
  struct Outgoing {
    ProviderPlace place;
    gateway::Operation operation = gateway::Operation::Chat;
    finops::CallFacts facts;              // of one of its lines
    Money worst_case;
    std::size_t bytes = 0;
    std::vector<gateway::BatchItem> items;
    std::vector<LineResult> rows;
    std::vector<Turn> sent, direct;       // direct: not for the provider's batch
  };
  struct SentLine {
    Line line;
    gateway::PreparedCall call;
    bool is_booked = false;               // its ledger row was written before the process stopped
  };
  /// Where the lines could go as a batch of their provider; with the mutex held.
  [[nodiscard]] std::optional<ProviderPlace> provider_place(const Active& active, Timestamp now) const;
  /// When lines must have come back from a provider to be run by themselves in time; with the mutex held.
  [[nodiscard]] Timestamp give_up_time(const Active& active) const;
  void spawn_busy(const ActivePtr& active, io::Task<void> task);
  io::Task<void> be_busy(ActivePtr active, io::Task<void> task);
  void release_busy(const ActivePtr& active);
  io::Task<void> send_to_provider(ActivePtr active, ProviderPlace place);
  io::Task<void> prepare_item(const ActivePtr& active, Outgoing& outgoing, Turn turn);
  io::Task<Result<finops::Flight>> reserve(finops::CallFacts facts, Money worst_case, bool may_exceed);
  io::Task<bool> send(const ActivePtr& active, Outgoing& outgoing);
  void note_name(const ActivePtr& active, const std::string& name);
  io::Task<void> look_at_provider(ActivePtr active);
  io::Task<void> reserve_again(const ActivePtr& active);
  [[nodiscard]] Result<std::map<std::int64_t, SentLine>> sent_lines(const std::string& batch);
  io::Task<void> take_back(ActivePtr active, std::vector<gateway::BatchItemResult> results);
  io::Task<void> settle_line(const ActivePtr& active, const Dialect& dialect, SentLine line, gateway::ProviderResult result);
  io::Task<void> end_reservation(const ActivePtr& active);

  // recovery.cpp: lines that the last process had begun
  [[nodiscard]] Result<void> recover_lines(Active& active);
  [[nodiscard]] Result<void> end_interrupted(Active& active, std::map<std::int64_t, LineState> lines);

  BatchParts parts_;
  BatchStore store_;
  gateway::BackgroundCalls calls_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  BatchSettings settings_;
  std::map<std::string, ActivePtr, std::less<>> active_;
  std::map<std::string, std::uint64_t, std::less<>> owner_turns_;
  std::uint64_t turns_ = 0;
  std::int64_t in_flight_ = 0;
  std::int64_t busy_ = 0;
  bool has_news_ = false, is_stopping_ = false;
  std::thread thread_;
};

}  // namespace millwright::batches
