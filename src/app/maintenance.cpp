#include "app/maintenance.hpp"

#include <spdlog/spdlog.h>

namespace millwright::app {

Maintenance::Maintenance(std::vector<Chore> chores, Duration every)
    : chores_(std::move(chores)), every_(every), thread_([this] { run(); }) {}

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
  while (!wake_.wait_for(lock, every_, [this] { return is_stopping_; })) {
    lock.unlock();
    for (const auto& chore : chores_) {
      const auto done = chore.run();
      if (!done) spdlog::warn("chore={} {}", chore.name, describe(done.error()));
    }
    lock.lock();
  }
}

}  // namespace millwright::app
