// When a batch's lines may run, and whose turn it is: decisions from plain values, so that a clock set by hand can test
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features/batches/config.hpp"
#include "features/finops/finops.hpp"

namespace millwright::batches {

/// The cheaper hours of a model's day at `now`.
struct PriceHours {
  bool has_cheaper = false;              // some hours of the week are cheaper than others
  bool is_cheap_now = false;
  std::optional<Timestamp> next_cheap;   // when not now: the next beginning, within eight days
};
/// By the standard tier's cards: an hour is cheap when a card with hours holds whose input or output costs less than the
/// model's own, and neither costs more.
[[nodiscard]] PriceHours price_hours(const finops::ModelPrice& price, Timestamp now);

struct PlanFacts {
  Timestamp now, deadline;
  OffPeak off_peak = OffPeak::Prefer;
  PriceHours hours;
  std::int64_t lines_left = 0;
  Duration line_time{10'000};            // what a line took on average, or a guess
  std::int64_t concurrent = 1;           // lines at once
};
struct Plan {
  enum class Action : std::uint8_t { Run, Wait, Expire };
  Action action = Action::Run;
  Timestamp until{};                     // of Wait
  std::string reason;                    // of Wait, for people
};
[[nodiscard]] Plan plan(const PlanFacts& facts);
/// When the lines that are left must begin to be done by the deadline: with twice the time they should take, and a
/// minute at least.
[[nodiscard]] Timestamp latest_start(const PlanFacts& facts);

/// Somebody who has lines that could run now.
struct Waiting {
  std::string owner;
  std::int64_t in_flight = 0;            // of this owner, all batches together
  std::uint64_t last_turn = 0;           // of this batch; 0: never
  std::uint64_t last_owner_turn = 0;
};
/// Whose line runs next: the owner with the fewest in flight, of equals the one that has waited longest, and of its
/// batches likewise. Empty: nobody waits.
[[nodiscard]] std::optional<std::size_t> next_turn(const std::vector<Waiting>& waiting);

/// How long to leave a batch alone after its `failures`-th refusal in a row that may pass; longer when told so.
[[nodiscard]] Duration patience(int failures, std::optional<Duration> retry_after);

}  // namespace millwright::batches
