#include "store/sqlite_checkpointer.hpp"

#include <spdlog/spdlog.h>
#include <sqlite3.h>

namespace millwright::store {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { ::sqlite3_close(database); }
};
using Connection = std::unique_ptr<sqlite3, CloseDatabase>;

Connection open(const std::string& path, Durability durability) {
  sqlite3* raw = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  Connection connection(raw);
  const char* settings = durability == Durability::Power ? "PRAGMA synchronous=FULL; PRAGMA cache_size=-64"
                                                         : "PRAGMA synchronous=OFF; PRAGMA cache_size=-64";
  if (code != SQLITE_OK || ::sqlite3_exec(raw, settings, nullptr, nullptr, nullptr) != SQLITE_OK) {
    spdlog::warn("the write-ahead log cannot be emptied: {}", raw == nullptr ? "out of memory" : ::sqlite3_errmsg(raw));
    return nullptr;
  }
  return connection;
}

}  // namespace

SqliteCheckpointer::~SqliteCheckpointer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SqliteCheckpointer::note_log_pages(int pages) {
  if (pages < pages_enough) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_due_) return;
    is_due_ = true;
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  wake_.notify_one();
}

void SqliteCheckpointer::serve() {
  const Connection connection = open(path_, durability_);
  if (!connection) return;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_stopping_ || is_due_; });
    if (is_stopping_) return;
    lock.unlock();
    // Passive: takes what it can get and makes nobody wait. A fault shows in the writer's own commits.
    ::sqlite3_wal_checkpoint_v2(connection.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    lock.lock();
    is_due_ = false;
  }
}

}  // namespace millwright::store
