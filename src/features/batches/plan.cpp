#include "features/batches/plan.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace millwright::batches {
namespace {

constexpr Duration patience_first{1'000}, patience_max{60'000};
constexpr Duration margin_min{60'000};

bool is_cheaper(const finops::RateCard& card, const finops::RateCard& usual) {
  return card.input <= usual.input && card.output <= usual.output &&
         (card.input < usual.input || card.output < usual.output);
}

bool is_cheap_at(const finops::ModelPrice& price, Timestamp time) {
  return std::ranges::any_of(price.variants, [&](const finops::PriceVariant& variant) {
    return variant.tier == finops::ServiceTier::Standard && variant.above_tokens == 0 &&
           is_cheaper(variant.rates, price) &&
           std::ranges::any_of(variant.hours, [time](const finops::DailyHours& hours) { return hours.contains(time); });
  });
}

}  // namespace

PriceHours price_hours(const finops::ModelPrice& price, Timestamp now) {
  PriceHours found;
  found.has_cheaper = std::ranges::any_of(price.variants, [&](const finops::PriceVariant& variant) {
    return variant.tier == finops::ServiceTier::Standard && variant.above_tokens == 0 && !variant.hours.empty() &&
           is_cheaper(variant.rates, price);
  });
  if (!found.has_cheaper) return found;
  found.is_cheap_now = is_cheap_at(price, now);
  if (found.is_cheap_now) return found;
  // Hours begin on whole minutes; eight days hold every beginning of the week.
  const auto first = std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes(1);
  for (auto time = first; time < now + std::chrono::days(8); time += std::chrono::minutes(1)) {
    if (!is_cheap_at(price, time)) continue;
    found.next_cheap = time;
    break;
  }
  return found;
}

Timestamp latest_start(const PlanFacts& facts) {
  const auto rounds = (facts.lines_left + std::max<std::int64_t>(1, facts.concurrent) - 1) /
                      std::max<std::int64_t>(1, facts.concurrent);
  const auto needed = facts.line_time * (2 * rounds);
  return facts.deadline - std::max(needed, margin_min);
}

Plan plan(const PlanFacts& facts) {
  Plan plan;
  if (facts.now >= facts.deadline) {
    plan.action = Plan::Action::Expire;
    return plan;
  }
  if (facts.off_peak == OffPeak::Ignore || !facts.hours.has_cheaper || facts.hours.is_cheap_now) return plan;
  auto until = facts.hours.next_cheap.value_or(facts.deadline);
  if (facts.off_peak == OffPeak::Prefer) {
    const auto latest = latest_start(facts);
    if (facts.now >= latest) return plan;
    until = std::min(until, latest);
  }
  plan.action = Plan::Action::Wait;
  plan.until = std::min(until, facts.deadline);
  plan.reason = "off-peak prices";
  return plan;
}

std::optional<std::size_t> next_turn(const std::vector<Waiting>& waiting) {
  std::optional<std::size_t> best;
  const auto rank = [](const Waiting& one) { return std::tie(one.in_flight, one.last_owner_turn, one.last_turn); };
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (!best || rank(waiting[i]) < rank(waiting[*best])) best = i;
  }
  return best;
}

Duration patience(int failures, std::optional<Duration> retry_after) {
  const auto doubled = patience_first * (1LL << std::clamp(failures - 1, 0, 10));
  return std::max(std::min<Duration>(doubled, patience_max), retry_after.value_or(Duration(0)));
}

}  // namespace millwright::batches
