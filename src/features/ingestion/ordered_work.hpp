// Work spread over threads whose results are taken in order, with a bounded number waiting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace millwright::ingestion {

/// `work(i)` runs for every i below `count` on one of `threads` threads; take() gives the results for 0, 1, 2, …
/// Destroying it early waits for what runs and drops the rest. `work` must be thread-safe and must not throw.
template <class T>
class OrderedWork {
 public:
  OrderedWork(std::size_t count, std::size_t threads, std::function<T(std::size_t)> work)
      : count_(count), window_(threads * 4), work_(std::move(work)) {
    for (std::size_t i = 0; i < std::min(threads, count); ++i) threads_.emplace_back([this] { serve(); });
  }
  ~OrderedWork() {
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  /// At most `count` calls.
  [[nodiscard]] T take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.contains(taken_); });
    T result = std::move(ready_.extract(taken_).mapped());
    ++taken_;
    lock.unlock();
    changed_.notify_all();
    return result;
  }

 private:
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || next_ == count_ || next_ < taken_ + window_; });
      if (is_stopping_ || next_ == count_) return;
      const std::size_t index = next_++;
      lock.unlock();
      T result = work_(index);
      lock.lock();
      ready_.emplace(index, std::move(result));
      lock.unlock();
      changed_.notify_all();
    }
  }

  const std::size_t count_, window_;
  const std::function<T(std::size_t)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, T> ready_;
  std::size_t next_ = 0, taken_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millwright::ingestion
