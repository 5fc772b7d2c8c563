#include "app/maintenance.hpp"

#include <spdlog/spdlog.h>

namespace millwright::app {

Maintenance::Maintenance(std::vector<Chore> chores) {
  const auto now = std::chrono::steady_clock::now();
  for (auto& chore : chores) {
    const auto first = now + chore.every;
    chores_.push_back({std::move(chore), first});
  }
  thread_ = std::thread([this] { run(); });
}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Maintenance::run() {
  std::unique_lock lock(mutex_);
  while (!chores_.empty()) {
    const auto due = std::ranges::min_element(chores_, {}, &Due::next);
    if (wake_.wait_until(lock, due->next, [this] { return is_stopping_; })) return;
    lock.unlock();
    const auto done = due->chore.run();
    if (!done) spdlog::warn("chore={} {}", due->chore.name, describe(done.error()));
    due->next = std::chrono::steady_clock::now() + due->chore.every;
    lock.lock();
  }
}

}  // namespace millwright::app
