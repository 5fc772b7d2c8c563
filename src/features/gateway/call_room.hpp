// Room for calls in flight, shared out by priority: what is critical keeps its latency when everybody comes at once.
//
// Each class may fill the room up to its ceiling: critical to the last place, standard up to what is kept for critical
// use cases (where there are any), background up to half. Who finds no room waits for a moment, the more important and
// then the longer waiting first; background never waits. Measured lateness of the loops sheds background, and if that
// does not help, standard: but never the most important class that the configuration has.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "features/gateway/priority.hpp"

namespace millwright::gateway {

using Moment = std::chrono::steady_clock::time_point;

struct CallRoomSettings {
  std::int64_t calls_max = 4'096;
  Duration queue_wait{200};       // the longest wait for room; 0: nobody waits
  std::size_t queue_max = 1'024;  // of each class
  Duration lag_target{20};        // lateness of a loop that is normal
  Duration lag_interval{200};     // lateness above the target for so long is overload; so long below it ends it
};

/// Thread-safe. Times are given, so that a simulation can set them.
class CallRoom {
 public:
  explicit CallRoom(CallRoomSettings settings) : settings_(settings) {}

  /// Which classes the configuration has besides standard, which every model called by its own name is.
  void replace_classes(bool has_critical);

  enum class Entry : std::uint8_t { Entered, Full, Shed };
  /// Takes a place, to be given back by leave(). Full: there is none for this class now. Shed: the loops are late.
  [[nodiscard]] Entry try_enter(Priority priority);
  void leave();

  /// One call that waits. `wake` is called at most once, from any thread, after a place was taken for it.
  class Waiter {
   public:
    Waiter(Priority priority, std::function<void()> wake) : priority_(priority), wake_(std::move(wake)) {}

   private:
    friend class CallRoom;
    Priority priority_;
    std::function<void()> wake_;
    bool is_granted_ = false;  // guarded by the room's mutex
  };
  /// How long `waiter` may wait, once it stands in the queue; nothing where this class does not wait, its queue is
  /// full, or the wait is over at once. While a queue has not been empty for as long as queue_wait, patience is a
  /// tenth: a queue that stands only adds to everybody's latency.
  [[nodiscard]] std::optional<Duration> join_queue(const std::shared_ptr<Waiter>& waiter, Moment now);
  /// Takes it out of the queue; true when it has a place.
  [[nodiscard]] bool leave_queue(const std::shared_ptr<Waiter>& waiter);

  /// How late loop `index` was when it was last looked at.
  void note_lag(std::size_t index, Duration lag, Moment now);

  [[nodiscard]] std::int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t waiting() const;
  /// How many of the lower classes are shed: 0, 1 or 2.
  [[nodiscard]] int shed_level() const { return shed_level_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t ceiling(Priority priority) const;
  [[nodiscard]] const CallRoomSettings& settings() const { return settings_; }

 private:
  struct Lag {
    std::optional<Moment> above_since, below_since;
    int level = 0;
  };
  [[nodiscard]] bool is_shed(Priority priority) const;
  [[nodiscard]] bool take_place(Priority priority);
  void grant();

  CallRoomSettings settings_;
  std::atomic<bool> has_critical_{false};
  std::atomic<std::int64_t> in_flight_{0};
  std::atomic<int> shed_level_{0};
  std::array<std::atomic<std::int64_t>, 3> waiting_{};
  mutable std::mutex mutex_;
  std::array<std::deque<std::shared_ptr<Waiter>>, 3> queues_;
  std::array<Moment, 3> standing_since_{};  // when the queue was last empty
  std::vector<Lag> lags_;
};

/// Unavailable, for a call that did not get in.
[[nodiscard]] Error room_refusal(const CallRoom& room, Priority priority, CallRoom::Entry entry);

/// A place for as long as it lives.
class RoomPlace {
 public:
  RoomPlace() = default;
  explicit RoomPlace(CallRoom& room) : room_(&room) {}
  ~RoomPlace() {
    if (room_ != nullptr) room_->leave();
  }
  RoomPlace(RoomPlace&& other) noexcept : room_(std::exchange(other.room_, nullptr)) {}
  RoomPlace& operator=(RoomPlace&& other) noexcept {
    std::swap(room_, other.room_);
    return *this;
  }

 private:
  CallRoom* room_ = nullptr;
};

}  // namespace millwright::gateway
