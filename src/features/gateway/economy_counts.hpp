// What compression has done since the start, by use case: what its report shows.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace millwright::gateway {

struct CompressionCounts {
  std::int64_t calls = 0;  // that had something to compress
  std::int64_t applied = 0, shadowed = 0, left_alone = 0;
  std::int64_t left_alone_for_cache = 0;             // of these: cached reads were cheaper
  std::int64_t tokens_before = 0, tokens_after = 0;  // of applied and shadowed calls
  Money saving;                                      // expected: in shadow mode what would have been saved
  std::int64_t cited = 0, cited_kept = 0;  // in shadow mode: cited sentences, and those that would have been sent
};
struct UseCaseEconomy {
  CompressionCounts compression;
};

/// Thread-safe. One entry a use case.
class EconomyCounts {
 public:
  explicit EconomyCounts(Timestamp since) : since_(since) {}
  template <class Change>
  void change(const std::string& use_case, const Change& change) {
    const std::scoped_lock lock(mutex_);
    change(by_use_case_[use_case]);
  }
  [[nodiscard]] std::map<std::string, UseCaseEconomy> counts() const {
    const std::scoped_lock lock(mutex_);
    return by_use_case_;
  }
  [[nodiscard]] Timestamp since() const { return since_; }

 private:
  Timestamp since_;
  mutable std::mutex mutex_;
  std::map<std::string, UseCaseEconomy> by_use_case_;
};

/// {since, compression: [{use_case, …}]}; a use case without counts is left out.
[[nodiscard]] json::object render_economy(const EconomyCounts& counts);

}  // namespace millwright::gateway
