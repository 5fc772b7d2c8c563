// Slows down guessing: after some failures, each further one doubles the wait.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace millwright::identity {

struct ThrottleOptions {
  int free_failures = 5;               // that cost nothing
  Duration wait_max{900'000};
  Duration forget_after{3'600'000};    // since the last failure
  std::size_t entries_max = 10'000;    // beyond it the oldest failure is forgotten
};

/// Thread-safe, bounded. Keys are names or addresses; they are kept as digests.
class Throttle {
 public:
  explicit Throttle(ThrottleOptions options = {}) : options_(options) {}
  /// How long `key` still has to wait; nothing when it may try now.
  [[nodiscard]] std::optional<Duration> wait(const std::string& key, Timestamp now);
  void add_failure(const std::string& key, Timestamp now);
  void forget(const std::string& key);

 private:
  struct Entry {
    int failures = 0;
    Timestamp last;
  };
  [[nodiscard]] Duration wait_after(int failures) const;

  ThrottleOptions options_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace millwright::identity
