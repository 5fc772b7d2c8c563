// What every member of every limit has used: sharded, bounded, and taken on all limits of a call at once or on none.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "features/gateway/limit_meter.hpp"

namespace millwright::gateway {

/// One limit as it binds one call. What it points to outlives the call to take.
struct LimitAsk {
  std::uint32_t counter = 0;  // of the limit: which family of counters
  std::string_view name;      // as decisions and errors say it
  std::string_view member;
  MeterRule requests, tokens;
  std::int64_t concurrent = 0;    // 0: not limited
  std::int64_t token_amount = 0;  // the most the call can use
};

enum class LimitedUnit : std::uint8_t { Requests, Tokens, Concurrency };

struct LimitRefusal {
  std::string name;
  LimitedUnit unit = LimitedUnit::Requests;
  MeterRule rule;  // of requests or tokens
  std::int64_t limit = 0;
  Duration retry_after{0};  // until every limit of the call would admit it
  bool is_exact = true;
};

/// What one member has used of one limit. Guarded by its shard.
struct LimitCounter {
  Meter requests, tokens;
  std::int64_t running = 0;
  std::int64_t open = 0;  // holds that will come back to it
  std::int64_t idle_from_us = 0;
};

class LimitCounters;

/// What a call holds. Gives its places among concurrent calls back when it is destroyed; one that was never settled
/// counts as having used all it held. Movable; used by one thread at a time; outlived by its counters.
class LimitHold {
 public:
  LimitHold() = default;
  ~LimitHold();
  LimitHold(LimitHold&& other) noexcept;
  LimitHold& operator=(LimitHold&& other) noexcept;

  [[nodiscard]] bool is_empty() const { return held_.empty(); }
  /// Whether half of each token limit was still left when this was taken.
  [[nodiscard]] bool has_ample_room() const { return has_ample_room_; }
  /// The end of the call, with its real use; gives its place back and says what is left. `requests` is how many the
  /// ledger will count in a quota: 0 where the call was refused after all.
  CallRates settle(std::int64_t tokens, std::int64_t requests, Timestamp now);
  /// Undoes the take as if it had never been; only at the time it was taken.
  void cancel();

 private:
  friend class LimitCounters;
  struct Held {
    LimitCounter* counter = nullptr;  // stays where it is while its `open` counts this hold
    std::size_t shard = 0;
    MeterRule requests, tokens;
    std::int64_t tokens_held = 0;
    std::int64_t requests_mark = 0, tokens_mark = 0;
    bool is_running = false;
  };
  void release();
  static void leave(const Held& held);

  LimitCounters* counters_ = nullptr;
  boost::container::small_vector<Held, 4> held_;
  bool has_ample_room_ = true;
  Timestamp taken_{};
};

/// How much one member uses, for people.
struct MemberUse {
  std::uint32_t counter = 0;
  std::string member;
  bool is_rest = false;  // members that found no room for a counter of their own
  Meter requests, tokens;
  std::int64_t running = 0;
};

/// Thread-safe. Holds `members_max` counters at most; when they are all in use, newcomers share one counter a limit and
/// shard, so that a limit may become tighter for them but is never passed.
class LimitCounters {
 public:
  explicit LimitCounters(std::size_t members_max = 131'072);

  /// Takes all or nothing.
  [[nodiscard]] std::expected<LimitHold, LimitRefusal> take(std::span<const LimitAsk> asks, Timestamp now,
                                                            CallRates& states);
  /// What would be left now, without taking anything.
  [[nodiscard]] CallRates states(std::span<const LimitAsk> asks, Timestamp now);
  /// Sets what a quota has used in the running period, as the ledger has it; never lowers it.
  void restore(const LimitAsk& ask, std::int64_t requests, std::int64_t tokens, Timestamp now);
  /// Counts tokens without asking.
  void charge(const LimitAsk& ask, std::int64_t tokens, Timestamp now);
  /// Every counter of these families that is not idle. Copies; for people and tests.
  [[nodiscard]] std::vector<MemberUse> list(Timestamp now);
  /// What one member has used of one limit; nothing used when it has no counter, which none is made for.
  [[nodiscard]] MemberUse find(const LimitAsk& ask);
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  friend class LimitHold;
  static constexpr std::size_t shard_count = 64;
  struct Key {
    std::uint32_t counter = 0;
    bool is_rest = false;
    std::string member;
  };
  struct KeyView {
    std::uint32_t counter = 0;
    bool is_rest = false;
    std::string_view member;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const noexcept;
    std::size_t operator()(const Key& key) const noexcept {
      return (*this)(KeyView{key.counter, key.is_rest, key.member});
    }
  };
  struct KeyEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return a.counter == b.counter && a.is_rest == b.is_rest &&
             std::string_view(a.member) == std::string_view(b.member);
    }
  };
  using Table = std::unordered_map<Key, LimitCounter, KeyHash, KeyEqual>;
  struct alignas(64) Shard {
    std::mutex mutex;
    Table counters;
    std::size_t sweep_at = 256;
    std::int64_t next_sweep_us = 0;  // a full shard is not searched again at once
  };
  class Locked;

  [[nodiscard]] static std::size_t shard_of(const LimitAsk& ask);
  LimitCounter& counter_of(Shard& shard, const LimitAsk& ask, Timestamp now);
  void sweep(Shard& shard, Timestamp now);
  /// Whether half of the token limit is left. `Rules`: what has `requests` and `tokens`.
  template <class Rules>
  static bool note_states(LimitCounter& counter, const Rules& rules, Timestamp now, CallRates& states);
  static void note_idle(LimitCounter& counter, const MeterRule& requests, const MeterRule& tokens);

  std::size_t shard_members_max_;
  std::array<Shard, shard_count> shards_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace millwright::gateway
