// A bounded pool of reader sessions, opened on demand and reused last in, first out.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/transactional_session.hpp"

namespace millwright::store {

/// Thread-safe. Outlives what it lends.
class SessionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<TransactionalSession>>()>;

  SessionPool(Open open, std::size_t sessions_max) : open_(std::move(open)), sessions_max_(sessions_max) {}
  /// Runs `body` with a session that no one else has. Blocks while all are lent. A session whose connection or file
  /// failed is closed instead of kept.
  [[nodiscard]] Result<void> lend(const std::function<Result<void>(Session&)>& body);

 private:
  [[nodiscard]] Result<std::unique_ptr<TransactionalSession>> take();
  void give_back(std::unique_ptr<TransactionalSession> session);

  Open open_;
  std::size_t sessions_max_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<TransactionalSession>> idle_;
  std::size_t count_ = 0;   // idle and lent
};

}  // namespace millwright::store
