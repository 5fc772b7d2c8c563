// Long work that somebody asked for and that runs now: what it is and how far it has come.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace millwright::api {

struct Job {
  std::int64_t id = 0;
  std::string kind;                    // "sync", "index", "evaluation"
  std::string object;                  // name of the source, index, suite or release
  Timestamp started{};
  std::int64_t done = 0, total = 0;    // total 0: not known yet
};

/// Thread-safe.
class JobBoard {
 public:
  explicit JobBoard(const Clock& clock) : clock_(clock) {}

  /// Stands on the board for as long as it lives; may be called from any thread.
  class Entry {
   public:
    Entry(JobBoard& board, std::string_view kind, std::string_view object);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    void report(std::int64_t done, std::int64_t total);

   private:
    JobBoard& board_;
    std::list<Job>::iterator job_;
  };

  /// Oldest first.
  [[nodiscard]] std::vector<Job> list() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::list<Job> jobs_;
  std::int64_t last_id_ = 0;
};

}  // namespace millwright::api
