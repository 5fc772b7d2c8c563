// Deadlines without a timer operation each: one coarse tick a loop, one intrusive node a connection. Setting or
// clearing a deadline is a few stores, so that every read can have one.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "base/time.hpp"
#include "io/loop/task.hpp"

namespace millwright::io {

class Ticker;

/// One deadline. Belongs to its ticker's loop; calls `expired(context)` there, at most once a setting, never early
/// and at most two ticks late. The callback may set it again, or destroy it.
class Deadline {
 public:
  using Expired = void (*)(void* context);
  Deadline(Ticker& ticker, Expired expired, void* context)
      : ticker_(ticker), expired_(expired), context_(context) {}
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void expire_after(Duration duration);
  void clear() { due_ = never; }
  [[nodiscard]] bool is_set() const { return due_ != never; }

 private:
  friend class Ticker;
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  Ticker& ticker_;
  Expired expired_;
  void* context_;
  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  std::uint64_t due_ = never;        // tick
  std::uint64_t slot_tick_ = never;  // tick of the slot it is linked in; never: not linked
};

/// A timing wheel driven by one timer, which runs only while a deadline is linked. Used on its loop alone.
class Ticker {
 public:
  static constexpr Duration usual_tick{20};

  explicit Ticker(Executor executor, Duration tick = usual_tick);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Lets go of the loop, which is about to be destroyed; deadlines never expire after this.
  void detach() { timer_.reset(); }

 private:
  friend class Deadline;
  static constexpr std::size_t slot_count = 256;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  [[nodiscard]] std::uint64_t clock_tick() const;
  void link(Deadline& deadline);
  void unlink(Deadline& deadline);
  void start();
  void wait();
  void on_tick();
  void expire_slot(std::uint64_t at);

  std::optional<Timer> timer_;
  const Duration tick_;
  std::chrono::steady_clock::time_point epoch_ = std::chrono::steady_clock::now();
  std::uint64_t now_ = 0;   // the last tick whose slot was emptied
  std::size_t linked_ = 0;
  bool is_running_ = false;
  std::array<Deadline*, slot_count> slots_{};
};

}  // namespace millwright::io
