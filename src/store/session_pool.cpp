#include "store/session_pool.hpp"

namespace millwright::store {

Result<std::unique_ptr<TransactionalSession>> SessionPool::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !idle_.empty() || count_ < sessions_max_; });
  if (!idle_.empty()) {
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
  }
  ++count_;
  lock.unlock();
  auto opened = open_();
  if (!opened) give_back(nullptr);
  return opened;
}

void SessionPool::give_back(std::unique_ptr<TransactionalSession> session) {
  const bool is_kept = session != nullptr && !session->is_impaired();
  {
    const std::lock_guard lock(mutex_);
    if (is_kept) idle_.push_back(std::move(session));
    else --count_;
  }
  returned_.notify_one();
}

Result<void> SessionPool::lend(const std::function<Result<void>(Session&)>& body) {
  auto session = take();
  if (!session) return pass(session);
  try {
    auto outcome = body(**session);
    give_back(std::move(*session));
    return outcome;
  } catch (...) {
    give_back(std::move(*session));
    throw;
  }
}

}  // namespace millwright::store
