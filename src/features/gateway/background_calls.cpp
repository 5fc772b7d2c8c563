#include "features/gateway/background_calls.hpp"

#include <exception>

#include <spdlog/spdlog.h>

#include "features/gateway/gateway.hpp"

namespace millwright::gateway {

namespace {

constexpr Duration settle_time_max{20'000};  // of a call that was cancelled

}  // namespace

struct BackgroundCalls::Run {
  std::string id;
  std::optional<io::Executor> loop;  // set when it starts
  std::function<void()> gone;        // of its loop alone
  bool is_cancelled = false;         // of its loop alone
};

Result<void> BackgroundCalls::reserve(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  if (is_stopping_ || runs_.size() >= calls_max) {
    auto error = is_stopping_
                     ? fail(ErrorCode::Unavailable, "the server is stopping")
                     : fail(ErrorCode::Unavailable, "{} calls run in the background, the most at once", calls_max);
    error.error().rule = "responses.background";
    error.error().retry_after = 5s;
    return error;
  }
  auto run = std::make_shared<Run>();
  run->id = id;
  runs_.emplace(id, std::move(run));
  return {};
}

void BackgroundCalls::release(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  runs_.erase(id);
  ended_.notify_all();
}

void BackgroundCalls::start(const std::string& id, ChatCall call, Done done) {
  const auto loop = runtime_.loop(next_loop_.fetch_add(1, std::memory_order_relaxed) % runtime_.loop_count());
  std::shared_ptr<Run> started;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = runs_.find(id);
    ensure(found != runs_.end(), "a background call has a place before it starts");
    started = found->second;
    started->loop = loop;
  }
  io::spawn(loop, "background call", run(started, std::move(call), std::move(done)));
}

io::Task<void> BackgroundCalls::run(std::shared_ptr<Run> run, ChatCall call, Done done) {
  call.on_client_gone = [run](std::function<void()> gone) {
    run->gone = std::move(gone);
    if (run->is_cancelled && run->gone) run->gone();
  };
  try {
    auto outcome = co_await gateway_.chat(std::move(call));
    run->gone = nullptr;
    co_await done(std::move(outcome));
  } catch (const std::exception& e) {
    spdlog::error("the background call {} ended in an exception: {}", run->id, e.what());
  }
  run->gone = nullptr;
  release(run->id);
}

io::Task<void> BackgroundCalls::cancel_on_loop(std::shared_ptr<Run> run) {
  run->is_cancelled = true;
  if (run->gone) run->gone();
  co_return;
}

bool BackgroundCalls::cancel(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const auto found = runs_.find(id);
  if (found == runs_.end() || !found->second->loop) return false;
  io::spawn(*found->second->loop, "cancel background call", cancel_on_loop(found->second));
  return true;
}

std::size_t BackgroundCalls::running() const {
  const std::scoped_lock lock(mutex_);
  return runs_.size();
}

void BackgroundCalls::stop(Duration grace) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  if (ended_.wait_for(lock, grace, [this] { return runs_.empty(); })) return;
  for (const auto& [id, run] : runs_) {
    if (run->loop) io::spawn(*run->loop, "cancel background call", cancel_on_loop(run));
  }
  if (!ended_.wait_for(lock, settle_time_max, [this] { return runs_.empty(); })) {
    spdlog::error("{} background calls did not end in time", runs_.size());
  }
}

}  // namespace millwright::gateway
