// The arithmetic of one limit on one thing: a rate by GCRA, or a quota of a calendar period. Whole numbers throughout.
//
// What is not known yet (the tokens of a call that runs) is held, not used: it counts in full and does not drain until
// it becomes use. So, whatever is held and later turns out smaller, the use within any time is at most the limit plus
// what the rate gives back in that time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.hpp"
#include "base/time_zone.hpp"
#include "features/gateway/chat.hpp"
#include "features/gateway/limits_config.hpp"

namespace millwright::gateway {

struct MeterRule {
  std::int64_t amount = 0;  // 0: not limited
  LimitPeriod per = LimitPeriod::Minute;
  const TimeZone* zone = nullptr;  // of a quota; outlives the rule
  [[nodiscard]] bool is_set() const { return amount > 0; }
  [[nodiscard]] bool is_quota() const { return per >= LimitPeriod::Day; }
};

/// Where a meter stands. All zero: nothing used.
struct Meter {
  __int128 level = 0;        // of a rate: what is used and has not drained, in units × microseconds of its window
  std::int64_t mark_us = 0;  // of a rate: when `level` was so; of a quota: where its period ends
  std::int64_t used = 0;     // of a quota
  std::int64_t held = 0;
};

/// When an amount would pass.
struct MeterVerdict {
  bool is_allowed = true;
  Duration retry_after{0};
  bool is_exact = true;  // false: what others hold is in the way, and nobody knows how long; retry_after is a guess
};

/// What to tell a caller who waits for what others hold.
inline constexpr Duration held_retry_after{1'000};

/// Whether `amount` passes now. One above the whole limit passes only where nothing is used or held.
[[nodiscard]] MeterVerdict ask(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now);
/// Counts `amount` as used.
void use(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now);
/// Holds `amount`; gives the mark that settle wants back.
[[nodiscard]] std::int64_t hold(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now);
/// What was held becomes `used` used. In a quota it counts where it was held: a period that has ended stays as it was.
void settle(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t held_mark, std::int64_t used,
            Timestamp now);
/// Takes back what was used in a quota, in the period with this mark. A rate stays as it is: what has drained meanwhile
/// is not known.
void take_back(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t used_mark);
/// The same for a rate too: for the moment after the use, before any of it has drained.
void undo(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t used_mark);
[[nodiscard]] RateState state_of(Meter& meter, const MeterRule& rule, Timestamp now);
/// From when on the meter says what a new one would, if nothing is held; in microseconds since 1970.
[[nodiscard]] std::int64_t idle_from_us(const Meter& meter, const MeterRule& rule);

}  // namespace millwright::gateway
