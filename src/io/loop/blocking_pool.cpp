#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "io/loop/runtime.hpp"

namespace millwright::io {

struct BlockingPool::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::move_only_function<void()>> jobs;
  std::size_t queue_max = 0;
  std::size_t idle = 0;
  bool is_stopping = false;
  std::vector<std::thread> threads;

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      ++idle;
      changed.wait(lock, [this] { return is_stopping || !jobs.empty(); });
      --idle;
      if (is_stopping) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      job = nullptr;   // what the job owns is released before the lock is taken
      lock.lock();
    }
  }
};

BlockingPool::BlockingPool(unsigned threads, std::size_t queue_max) : state_(std::make_unique<State>()) {
  state_->queue_max = queue_max;
  state_->threads.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
  }
}

BlockingPool::~BlockingPool() { stop(); }

bool BlockingPool::post(std::move_only_function<void()> job) {
  {
    const std::lock_guard lock(state_->mutex);
    // A job that an idle thread takes at once does not count as queued.
    if (state_->is_stopping || state_->jobs.size() >= state_->queue_max + state_->idle) return false;
    state_->jobs.push_back(std::move(job));
  }
  state_->changed.notify_one();
  return true;
}

std::size_t BlockingPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->jobs.size();
}

void BlockingPool::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->changed.notify_all();
  for (auto& thread : state_->threads) {
    if (thread.joinable()) thread.join();
  }
  std::deque<std::move_only_function<void()>> dropped;
  const std::lock_guard lock(state_->mutex);
  dropped.swap(state_->jobs);
}

}  // namespace millwright::io
