#include "store/writer.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "store/batch.hpp"
#include "store/store_sql.hpp"

namespace millwright::store {
namespace {

namespace asio = boost::asio;

class GroupCommitWriter final : public Writer {
 public:
  GroupCommitWriter(std::unique_ptr<Session> session, WriterOptions options)
      : session_(std::move(session)), options_(options), thread_([this] { serve(); }) {}

  ~GroupCommitWriter() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }

  Result<void> submit(Job job, Done done, Urgency urgency) override {
    QueuedJob queued{std::move(job), std::move(done)};
    return enqueue(queued, options_.queue_max, urgency);
  }

  [[nodiscard]] Result<void> run(Job job) override {
    ensure(std::this_thread::get_id() != thread_.get_id(), "a job must not wait for another job");
    std::promise<Result<void>> promise;
    auto future = promise.get_future();
    auto queued = submit(std::move(job), [&promise](Result<void> result) { promise.set_value(std::move(result)); },
                         Urgency::Soon);
    if (!queued) return queued;
    return future.get();
  }

  [[nodiscard]] io::Task<Result<void>> commit(Job job) override {
    auto executor = co_await asio::this_coro::executor;
    auto initiate = [this, executor](auto handler, Job job_to_queue) {
      // The handler is moved to its loop and ends there, never on the writer's thread.
      auto resume = [handler = std::move(handler), guard = asio::make_work_guard(executor),
                     executor](Result<void> result) mutable {
        asio::post(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
          handler(std::move(result));
        });
      };
      QueuedJob queued{std::move(job_to_queue), std::move(resume)};
      auto accepted = enqueue(queued, options_.queue_max);
      if (!accepted) queued.done(std::move(accepted));
    };
    auto result = co_await asio::async_initiate<const asio::use_awaitable_t<io::Executor>, void(Result<void>)>(
        initiate, asio::use_awaitable_t<io::Executor>(), std::move(job));
    co_return result;
  }

  [[nodiscard]] Result<void> flush() override {
    ensure(std::this_thread::get_id() != thread_.get_id(), "a job must not wait for the queue it stands in");
    std::promise<Result<void>> promise;
    auto future = promise.get_future();
    // The mark finds room even in a full queue.
    QueuedJob mark{[](Session&) -> Result<void> { return {}; },
                   [&promise](Result<void> result) { promise.set_value(std::move(result)); }};
    auto queued = enqueue(mark, std::numeric_limits<std::size_t>::max());
    if (!queued) return queued;
    return future.get();
  }

  [[nodiscard]] bool is_failing() const override { return is_failing_.load(std::memory_order_relaxed); }

  [[nodiscard]] WriterCounters counters() const override {
    const std::lock_guard lock(mutex_);
    WriterCounters counters = counters_;
    counters.queued = queue_.size();
    return counters;
  }

 private:
  using Due = std::chrono::steady_clock::time_point;

  /// Takes `job` unless it is refused.
  Result<void> enqueue(QueuedJob& job, std::size_t queue_max, Urgency urgency = Urgency::Soon) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return fail(ErrorCode::Unavailable, "the writer is stopping");
      if (queue_.size() >= queue_max) {
        ++counters_.refused;
        auto refused = fail(ErrorCode::Unavailable, "{} writes are waiting already", queue_.size());
        refused.error().retry_after = 1s;
        return refused;
      }
      queue_.push_back(std::move(job));
      const auto due = urgency == Urgency::Soon ? Due::min() : std::chrono::steady_clock::now() + options_.linger;
      if (due >= due_) return {};   // the writer knows of an earlier time already
      due_ = due;
    }
    arrived_.notify_one();
    return {};
  }

  /// Waits for work. An empty batch means: a failing writer should try again, or it is time to end.
  [[nodiscard]] std::vector<QueuedJob> next_batch(bool& is_ended) {
    std::unique_lock lock(mutex_);
    const auto probe_at = is_failing() ? std::chrono::steady_clock::now() + options_.probe_interval : Due::max();
    while (!is_stopping_) {
      const auto until = std::min(due_, probe_at);
      if (until <= std::chrono::steady_clock::now()) break;
      if (until == Due::max()) arrived_.wait(lock);
      else arrived_.wait_until(lock, until);
    }
    std::vector<QueuedJob> batch;
    batch.reserve(std::min(queue_.size(), options_.batch_max));
    while (!queue_.empty() && batch.size() < options_.batch_max) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    due_ = queue_.empty() ? Due::max() : Due::min();
    is_ended = batch.empty() && is_stopping_;
    return batch;
  }

  void serve() {
    for (;;) {
      bool is_ended = false;
      std::vector<QueuedJob> batch = next_batch(is_ended);
      if (is_ended) return;
      if (batch.empty()) probe();
      else write(batch);
    }
  }

  void write(std::vector<QueuedJob>& batch) {
    BatchOutcome outcome = must_give_up() ? given_up(batch.size()) : commit_batch(*session_, batch);
    if (outcome.is_storage_failing || outcome.has_committed) note(outcome.is_storage_failing);
    const auto failed = static_cast<std::uint64_t>(
        std::ranges::count_if(outcome.results, [](const Result<void>& result) { return !result; }));
    {
      const std::lock_guard lock(mutex_);
      counters_.committed += batch.size() - failed;
      counters_.failed += failed;
      ++counters_.batches;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!batch[i].done) continue;
      try {
        batch[i].done(std::move(outcome.results[i]));
      } catch (const std::exception& error) {
        spdlog::error("what follows a write threw: {}", error.what());
      }
    }
  }

  /// A store that fails must not hold up the end of the process, one connection timeout a batch.
  [[nodiscard]] bool must_give_up() {
    const std::lock_guard lock(mutex_);
    return is_stopping_ && is_failing();
  }

  [[nodiscard]] static BatchOutcome given_up(std::size_t count) {
    auto error = fail(ErrorCode::Unavailable, "the store refused writes until the end");
    return {.results = std::vector<Result<void>>(count, std::move(error)), .is_storage_failing = true};
  }

  /// Tries a real write, so that a full disk or a lost server is known to be mended before traffic returns.
  void probe() {
    auto beat = session_->transaction([this]() -> Result<void> {
      auto done = session_->execute(sql::beat, {to_micros(system_clock().now())});
      if (!done) return pass(done);
      return {};
    });
    note(!beat);
  }

  void note(bool is_storage_failing) {
    if (is_failing_.exchange(is_storage_failing, std::memory_order_relaxed) == is_storage_failing) return;
    if (is_storage_failing) spdlog::error("the store refuses writes; new work is turned away until it recovers");
    else spdlog::info("the store takes writes again");
  }

  std::unique_ptr<Session> session_;
  const WriterOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<QueuedJob> queue_;
  WriterCounters counters_;
  bool is_stopping_ = false;
  Due due_ = Due::max();   // when the queue must be written at the latest; never: it is empty
  std::atomic<bool> is_failing_{false};
  std::thread thread_;   // last: it uses all of the above
};

}  // namespace

Result<std::unique_ptr<Writer>> Writer::start(Database& database, WriterOptions options) {
  auto session = database.connect();
  if (!session) return pass(session);
  auto migrated = database.migrate({});   // the heartbeat table must be there
  if (!migrated) return pass(migrated);
  return std::make_unique<GroupCommitWriter>(std::move(*session), options);
}

}  // namespace millwright::store
