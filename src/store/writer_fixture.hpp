// What the tests of the writer share: a table, a job that fills it, and a gate that holds the writer's thread.
#pragma once

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "store/writer.hpp"
#include "tests/support/database.hpp"

namespace millwright::store {

inline constexpr Migration schema[] = {{"test/0001_entry", "CREATE TABLE entry (id BIGINT PRIMARY KEY, body TEXT)", ""}};
inline constexpr Statement insert{"test.insert", "INSERT INTO entry (id, body) VALUES (:id, :body)", ""};
inline constexpr Statement list{"test.list", "SELECT id FROM entry ORDER BY id", ""};

inline Writer::Job insert_job(std::int64_t id) {
  return [id](Session& session) -> Result<void> {
    auto done = session.execute(insert, {id, "entry"});
    if (!done) return pass(done);
    return {};
  };
}

/// Holds the writer's thread inside a job until opened, so that jobs pile up behind it.
class Gate {
 public:
  Writer::Job job() {
    return [this](Session&) -> Result<void> {
      std::unique_lock lock(mutex_);
      is_entered_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return is_open_; });
      return {};
    };
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_entered_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_entered_ = false;
  bool is_open_ = false;
};

}  // namespace millwright::store
