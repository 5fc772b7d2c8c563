#include "features/gateway/limit_meter.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

std::int64_t window_us(LimitPeriod per) {
  switch (per) {
    case LimitPeriod::Second: return 1'000'000;
    case LimitPeriod::Hour: return 3'600'000'000;
    default: return 60'000'000;
  }
}

/// Units in the scale of a level.
__int128 level_of(const MeterRule& rule, std::int64_t units) {
  return static_cast<__int128>(units) * window_us(rule.per);
}

/// How long a level takes to drain, rounded up.
std::int64_t drain_us(const MeterRule& rule, __int128 level) {
  return static_cast<std::int64_t>(std::min<__int128>((level + rule.amount - 1) / rule.amount, INT64_MAX / 4));
}

void drain(Meter& meter, const MeterRule& rule, std::int64_t now_us) {
  if (now_us <= meter.mark_us) return;  // a clock set back gives nothing
  const auto drained = static_cast<__int128>(now_us - meter.mark_us) * rule.amount;
  meter.level = std::max<__int128>(meter.level - drained, 0);
  meter.mark_us = now_us;
}

Duration ceil_ms(std::int64_t us) { return Duration((us + 999) / 1000); }

/// A new period begins with nothing used; what calls of the old one hold is settled there.
void roll_over(Meter& meter, const MeterRule& rule, Timestamp now) {
  if (to_micros(now) < meter.mark_us) return;
  const auto span = rule.per == LimitPeriod::Day ? rule.zone->day_of(now) : rule.zone->month_of(now);
  meter = {0, to_micros(span.end), 0, 0};
}

}  // namespace

MeterVerdict ask(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now) {
  const auto now_us = to_micros(now);
  const auto asked = std::min(amount, rule.amount);
  if (rule.is_quota()) {
    roll_over(meter, rule, now);
    if (meter.used + meter.held + asked <= rule.amount) return {};
    if (meter.used + asked <= rule.amount) return {false, held_retry_after, false};
    return {false, ceil_ms(meter.mark_us - now_us), true};
  }
  drain(meter, rule, now_us);
  const auto excess = meter.level + level_of(rule, meter.held) + level_of(rule, asked) - level_of(rule, rule.amount);
  if (excess <= 0) return {};
  if (excess <= meter.level) return {false, ceil_ms(drain_us(rule, excess) + meter.mark_us - now_us), true};
  return {false, held_retry_after, false};
}

void use(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now) {
  if (rule.is_quota()) {
    roll_over(meter, rule, now);
    meter.used += amount;
    return;
  }
  drain(meter, rule, to_micros(now));
  meter.level += level_of(rule, amount);
}

std::int64_t hold(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now) {
  if (rule.is_quota()) roll_over(meter, rule, now);
  meter.held += amount;
  return rule.is_quota() ? meter.mark_us : 0;
}

void settle(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t held_mark, std::int64_t used,
            Timestamp now) {
  if (rule.is_quota()) {
    if (meter.mark_us != held_mark) return;
    meter.held -= amount;
    meter.used += used;
    return;
  }
  meter.held -= amount;
  if (used > 0) use(meter, rule, used, now);
}

void take_back(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t used_mark) {
  if (rule.is_quota() && meter.mark_us == used_mark) meter.used -= amount;
}

void undo(Meter& meter, const MeterRule& rule, std::int64_t amount, std::int64_t used_mark) {
  if (rule.is_quota())
    take_back(meter, rule, amount, used_mark);
  else
    meter.level = std::max<__int128>(meter.level - level_of(rule, amount), 0);
}

RateState state_of(Meter& meter, const MeterRule& rule, Timestamp now) {
  RateState state;
  state.limit = rule.amount;
  if (rule.is_quota()) {
    roll_over(meter, rule, now);
    state.remaining = std::max<std::int64_t>(rule.amount - meter.used - meter.held, 0);
    state.reset = ceil_ms(meter.mark_us - to_micros(now));
    return state;
  }
  drain(meter, rule, to_micros(now));
  const auto window = window_us(rule.per);
  const auto taken = (meter.level + window - 1) / window + meter.held;
  state.remaining = static_cast<std::int64_t>(std::max<__int128>(rule.amount - taken, 0));
  state.reset = ceil_ms(drain_us(rule, meter.level + level_of(rule, meter.held)));
  return state;
}

std::int64_t idle_from_us(const Meter& meter, const MeterRule& rule) {
  return rule.is_quota() || meter.level == 0 ? meter.mark_us : meter.mark_us + drain_us(rule, meter.level);
}

}  // namespace millwright::gateway
