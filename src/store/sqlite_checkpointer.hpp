// Moves committed pages from SQLite's write-ahead log into the database file on a thread of its own, so that no commit
// ever waits for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "store/database.hpp"

namespace millwright::store {

/// One a writing session. The thread and its connection are made when first needed.
class SqliteCheckpointer {
 public:
  SqliteCheckpointer(std::string path, Durability durability) : path_(std::move(path)), durability_(durability) {}
  ~SqliteCheckpointer();
  SqliteCheckpointer(const SqliteCheckpointer&) = delete;
  SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

  /// After every commit, with the size of the log. Never blocks.
  void note_log_pages(int pages);
  /// Beyond this, readers or a burst of writes have kept the log from being emptied, and the writer itself must help.
  static constexpr int pages_max = 16'384;

 private:
  static constexpr int pages_enough = 1'000;
  void serve();

  std::string path_;
  Durability durability_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_due_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace millwright::store
