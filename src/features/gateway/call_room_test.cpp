#include "features/gateway/call_room.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

using enum Priority;

CallRoom::Entry enter(CallRoom& room, Priority priority, int times = 1) {
  auto entry = CallRoom::Entry::Entered;
  for (int i = 0; i < times; ++i) entry = room.try_enter(priority);
  return entry;
}

TEST(CallRoom, StandardHasAllOfTheRoomWhereNothingIsCritical) {
  CallRoom room({.calls_max = 10});
  EXPECT_EQ(enter(room, Background, 6), CallRoom::Entry::Full);
  EXPECT_EQ(room.in_flight(), 5);
  EXPECT_EQ(enter(room, Standard, 5), CallRoom::Entry::Entered);
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Full);
}

TEST(CallRoom, APartIsKeptForCriticalUseCases) {
  CallRoom room({.calls_max = 10});
  room.replace_classes(true);
  EXPECT_EQ(enter(room, Standard, 9), CallRoom::Entry::Full);
  EXPECT_EQ(room.in_flight(), 8);
  EXPECT_EQ(enter(room, Critical, 2), CallRoom::Entry::Entered);
  EXPECT_EQ(enter(room, Critical), CallRoom::Entry::Full);
  room.replace_classes(false);
  room.leave();
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Entered);
}

TEST(CallRoom, TheMoreImportantAndThenTheLongerWaitingComesFirst) {
  CallRoom room({.calls_max = 2, .queue_max = 2});
  room.replace_classes(true);
  EXPECT_EQ(enter(room, Critical, 2), CallRoom::Entry::Entered);
  std::vector<std::string> woken;
  const auto join = [&](Priority priority, std::string name) {
    auto waiter = std::make_shared<CallRoom::Waiter>(priority, [&woken, name]() { woken.push_back(name); });
    return std::pair(waiter, room.join_queue(waiter, Moment()));
  };
  const auto first = join(Standard, "s1");
  const auto second = join(Standard, "s2");
  EXPECT_FALSE(join(Standard, "s3").second);   // the queue is bounded
  EXPECT_FALSE(join(Background, "b").second);  // background never waits
  const auto third = join(Critical, "c1");
  EXPECT_EQ(room.waiting(), 3);
  room.leave();
  EXPECT_EQ(woken, (std::vector<std::string>{"c1"}));
  room.leave();  // the last place is kept for critical calls
  EXPECT_EQ(woken.size(), 1u);
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Full);  // nobody overtakes who waits
  room.leave();
  EXPECT_EQ(woken, (std::vector<std::string>{"c1", "s1"}));
  EXPECT_TRUE(room.leave_queue(third.first));
  EXPECT_TRUE(room.leave_queue(first.first));
  EXPECT_FALSE(room.leave_queue(second.first));
  EXPECT_EQ(room.waiting(), 0);
  EXPECT_EQ(room.in_flight(), 1);
}

TEST(CallRoom, AQueueThatStandsShortensEverybodysPatience) {
  CallRoom room({.calls_max = 1, .queue_wait = Duration(200)});
  enter(room, Standard);
  const auto join = [&](int ms) {
    const auto waiter = std::make_shared<CallRoom::Waiter>(Standard, []() {});
    return room.join_queue(waiter, Moment(Duration(ms)));
  };
  EXPECT_EQ(join(0), Duration(200));
  EXPECT_EQ(join(150), Duration(200));
  EXPECT_EQ(join(200), Duration(20));
}

TEST(CallRoom, LateLoopsShedBackgroundThenStandardAndNeverTheMostImportant) {
  CallRoom room({.calls_max = 100});
  room.replace_classes(true);
  const auto at = [](int ms) { return Moment(Duration(ms)); };
  int ms = 0;
  const auto run = [&](Duration lag, int until) {
    for (; ms <= until; ms += 50) room.note_lag(0, lag, at(ms));
  };
  run(Duration(60), 150);
  EXPECT_EQ(enter(room, Background), CallRoom::Entry::Entered);  // a moment is no overload
  run(Duration(60), 200);
  EXPECT_EQ(enter(room, Background), CallRoom::Entry::Shed);
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Entered);
  run(Duration(60), 1'000);
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Shed);
  EXPECT_EQ(enter(room, Critical), CallRoom::Entry::Entered);
  room.replace_classes(false);
  EXPECT_EQ(enter(room, Standard), CallRoom::Entry::Entered);
  run(Duration(1), 2'000);
  EXPECT_EQ(enter(room, Background), CallRoom::Entry::Entered);
}

/// A spike in simulated time: one event queue, calls that take some milliseconds in `places` places, and arrivals of
/// all classes. What a class met: how many were answered or shed, and how long the answered ones waited.
struct Met {
  int answered = 0, shed = 0;
  std::vector<int> waits;
  [[nodiscard]] int p99() {
    if (waits.empty()) return 0;
    std::ranges::sort(waits);
    return waits.at(waits.size() * 99 / 100);
  }
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), room_({.calls_max = 100, .queue_wait = Duration(200)}) {
    room_.replace_classes(true);
  }

  /// `rate` arrivals a second between two times, each busy for 50 to 150 ms.
  void arrivals(Priority priority, int rate, int from_ms, int to_ms) {
    std::exponential_distribution<> gap(rate / 1000.0);
    for (double ms = from_ms + gap(random_); ms < to_ms; ms += gap(random_)) {
      events_.emplace(static_cast<int>(ms), [this, priority](int now) { arrive(priority, now); });
    }
  }
  void run() {
    while (!events_.empty()) {
      const auto event = events_.extract(events_.begin());
      now_ = event.key();
      event.mapped()(now_);
    }
  }
  Met& met(Priority priority, bool is_spike) { return met_[{priority, is_spike}]; }
  [[nodiscard]] std::int64_t left_over() const { return room_.in_flight() + room_.waiting(); }
  static constexpr int spike_from = 2'000, spike_to = 6'000;

 private:
  void arrive(Priority priority, int now) {
    const bool is_spike = now >= spike_from && now < spike_to + 500;
    auto& met = met_[{priority, is_spike}];
    if (room_.try_enter(priority) == CallRoom::Entry::Entered) return serve(met, now, now);
    auto waiter = std::make_shared<std::shared_ptr<CallRoom::Waiter>>();
    const auto is_over = std::make_shared<bool>(false);
    *waiter = std::make_shared<CallRoom::Waiter>(priority, [this, &met, now, is_over]() {
      *is_over = true;
      events_.emplace(now_, [this, &met, now](int then) { serve(met, now, then); });
    });
    const auto patience = room_.join_queue(*waiter, Moment(Duration(now)));
    if (!patience) {
      ++met.shed;
      return;
    }
    events_.emplace(now + static_cast<int>(patience->count()), [this, waiter, is_over, &met](int) {
      if (*is_over) return;
      EXPECT_FALSE(room_.leave_queue(*waiter));
      ++met.shed;
    });
  }
  void serve(Met& met, int arrived, int now) {
    ++met.answered;
    met.waits.push_back(now - arrived);
    events_.emplace(now + std::uniform_int_distribution(50, 150)(random_), [this](int) { room_.leave(); });
  }

  std::mt19937_64 random_;
  CallRoom room_;
  int now_ = 0;
  std::multimap<int, std::function<void(int)>> events_;
  std::map<std::pair<Priority, bool>, Met> met_;
};

TEST(CallRoom, CriticalCallsHoldTheirLatencyThroughASpike) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Simulation simulation(seed);
    simulation.arrivals(Critical, 60, 0, 8'000);     // six places on average
    simulation.arrivals(Standard, 120, 0, 8'000);    // twelve
    simulation.arrivals(Background, 100, 0, 8'000);  // ten
    simulation.arrivals(Standard, 900, Simulation::spike_from, Simulation::spike_to);
    simulation.arrivals(Background, 2'000, Simulation::spike_from, Simulation::spike_to);
    simulation.run();
    EXPECT_EQ(simulation.met(Critical, true).shed, 0) << "seed " << seed;
    EXPECT_LE(simulation.met(Critical, true).p99(), 20) << "seed " << seed;
    auto& standard = simulation.met(Standard, true);
    auto& background = simulation.met(Background, true);
    EXPECT_LE(standard.p99(), 200) << "seed " << seed;
    const auto shed_share = [](const Met& met) { return static_cast<double>(met.shed) / (met.shed + met.answered); };
    EXPECT_GT(shed_share(background), shed_share(standard)) << "seed " << seed;
    for (const auto priority : {Critical, Standard}) {
      EXPECT_EQ(simulation.met(priority, false).shed, 0) << "seed " << seed << " " << priority_name(priority);
    }
    // Arrivals are drawn: outside the spike too, background calls may once fill the share that is theirs.
    EXPECT_LE(shed_share(simulation.met(Background, false)), 0.01) << "seed " << seed;
    EXPECT_EQ(simulation.left_over(), 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millwright::gateway
