#include "features/gateway/limit_counters.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

/// Keeps the refusal that is the hardest to wait for: when it passes, all do.
void note_refusal(std::optional<LimitRefusal>& worst, const LimitAsk& ask, LimitedUnit unit,
                  const MeterVerdict& verdict) {
  if (worst && worst->retry_after >= verdict.retry_after) {
    worst->is_exact = worst->is_exact && verdict.is_exact;
    return;
  }
  const auto& rule = unit == LimitedUnit::Tokens ? ask.tokens : ask.requests;
  const bool is_exact = verdict.is_exact && (!worst || worst->is_exact);
  worst = LimitRefusal{
      std::string(ask.name), unit,    rule, unit == LimitedUnit::Concurrency ? ask.concurrent : rule.amount,
      verdict.retry_after,   is_exact};
}

void keep_tighter(std::optional<RateState>& tightest, const RateState& state) {
  if (!tightest || state.remaining < tightest->remaining ||
      (state.remaining == tightest->remaining && state.reset > tightest->reset)) {
    tightest = state;
  }
}

}  // namespace

/// Locks the shards of a call in one order everywhere, so that two calls cannot wait for each other.
class LimitCounters::Locked {
 public:
  Locked(LimitCounters& counters, std::span<const LimitAsk> asks) : counters_(counters) {
    for (const auto& ask : asks) mask_ |= std::uint64_t{1} << shard_of(ask);
    for (std::size_t i = 0; i < shard_count; ++i) {
      if ((mask_ >> i & 1) != 0) counters_.shards_.at(i).mutex.lock();
    }
  }
  ~Locked() {
    for (std::size_t i = 0; i < shard_count; ++i) {
      if ((mask_ >> i & 1) != 0) counters_.shards_.at(i).mutex.unlock();
    }
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  LimitCounters& counters_;
  std::uint64_t mask_ = 0;
};

std::size_t LimitCounters::KeyHash::operator()(const KeyView& key) const noexcept {
  const auto mixed = std::hash<std::string_view>()(key.member) ^ (key.counter * 0x9E3779B97F4A7C15ULL);
  return (mixed ^ (mixed >> 29)) + (key.is_rest ? 1 : 0);
}

LimitCounters::LimitCounters(std::size_t members_max)
    : shard_members_max_(std::max<std::size_t>(members_max / shard_count, 1)) {}

std::size_t LimitCounters::shard_of(const LimitAsk& ask) {
  return KeyHash()(KeyView{ask.counter, false, ask.member}) % shard_count;
}

void LimitCounters::sweep(Shard& shard, Timestamp now) {
  const auto dropped = std::erase_if(shard.counters, [now_us = to_micros(now)](const auto& entry) {
    return entry.second.open == 0 && entry.second.idle_from_us <= now_us;
  });
  size_.fetch_sub(dropped, std::memory_order_relaxed);
  shard.sweep_at =
      std::clamp<std::size_t>(shard.counters.size() * 2, 256, std::max<std::size_t>(shard_members_max_, 256));
  if (shard.counters.size() >= shard_members_max_) shard.next_sweep_us = to_micros(now) + 10'000;
}

LimitCounter& LimitCounters::counter_of(Shard& shard, const LimitAsk& ask, Timestamp now) {
  const auto found = shard.counters.find(KeyView{ask.counter, false, ask.member});
  if (found != shard.counters.end()) return found->second;
  const auto room = std::min(shard.sweep_at, shard_members_max_);
  if (shard.counters.size() >= room && to_micros(now) >= shard.next_sweep_us) sweep(shard, now);
  const bool is_full = shard.counters.size() >= shard_members_max_;
  const auto [place, is_new] =
      shard.counters.try_emplace(Key{ask.counter, is_full, is_full ? std::string() : std::string(ask.member)});
  if (is_new) size_.fetch_add(1, std::memory_order_relaxed);
  return place->second;
}

void LimitCounters::note_idle(LimitCounter& counter, const MeterRule& requests, const MeterRule& tokens) {
  const auto requests_us = requests.is_set() ? idle_from_us(counter.requests, requests) : 0;
  const auto tokens_us = tokens.is_set() ? idle_from_us(counter.tokens, tokens) : 0;
  counter.idle_from_us = std::max(requests_us, tokens_us);
}

template <class Rules>
bool LimitCounters::note_states(LimitCounter& counter, const Rules& rules, Timestamp now, CallRates& states) {
  if (rules.requests.is_set()) keep_tighter(states.requests, state_of(counter.requests, rules.requests, now));
  if (!rules.tokens.is_set()) return true;
  const auto state = state_of(counter.tokens, rules.tokens, now);
  keep_tighter(states.tokens, state);
  return state.remaining >= rules.tokens.amount / 2;
}

std::expected<LimitHold, LimitRefusal> LimitCounters::take(std::span<const LimitAsk> asks, Timestamp now,
                                                           CallRates& states) {
  LimitHold taken;
  if (asks.empty()) return taken;
  const Locked locked(*this, asks);
  boost::container::small_vector<LimitCounter*, 8> counters;
  std::optional<LimitRefusal> refusal;
  for (const auto& limit : asks) {
    auto& counter = counter_of(shards_.at(shard_of(limit)), limit, now);
    counters.push_back(&counter);
    ++counter.open;  // what comes after may sweep, and must leave it where it is
    if (limit.concurrent > 0 && counter.running >= limit.concurrent) {
      note_refusal(refusal, limit, LimitedUnit::Concurrency, {false, held_retry_after, false});
    }
    if (limit.requests.is_set()) {
      const auto verdict = ask(counter.requests, limit.requests, 1, now);
      if (!verdict.is_allowed) note_refusal(refusal, limit, LimitedUnit::Requests, verdict);
    }
    if (limit.tokens.is_set()) {
      const auto verdict = ask(counter.tokens, limit.tokens, limit.token_amount, now);
      if (!verdict.is_allowed) note_refusal(refusal, limit, LimitedUnit::Tokens, verdict);
    }
  }
  for (std::size_t i = 0; i < asks.size(); ++i) {
    auto& counter = *counters[i];
    const auto& limit = asks[i];
    if (refusal) {
      --counter.open;
    } else {
      LimitHold::Held held{&counter, shard_of(limit),     limit.requests, limit.tokens, limit.token_amount, 0,
                           0,        limit.concurrent > 0};
      if (limit.requests.is_set()) use(counter.requests, limit.requests, 1, now);
      if (limit.requests.is_quota()) held.requests_mark = counter.requests.mark_us;
      if (limit.tokens.is_set()) held.tokens_mark = hold(counter.tokens, limit.tokens, limit.token_amount, now);
      if (held.is_running) ++counter.running;
      taken.held_.push_back(held);
    }
    note_idle(counter, limit.requests, limit.tokens);
    if (!note_states(counter, limit, now, states)) taken.has_ample_room_ = false;
  }
  if (refusal) return std::unexpected(std::move(*refusal));
  taken.counters_ = this;
  taken.taken_ = now;
  return taken;
}

CallRates LimitCounters::states(std::span<const LimitAsk> asks, Timestamp now) {
  CallRates states;
  if (asks.empty()) return states;
  const Locked locked(*this, asks);
  for (const auto& limit : asks) note_states(counter_of(shards_.at(shard_of(limit)), limit, now), limit, now, states);
  return states;
}

void LimitCounters::restore(const LimitAsk& limit, std::int64_t requests, std::int64_t tokens, Timestamp now) {
  const Locked locked(*this, {&limit, 1});
  auto& counter = counter_of(shards_.at(shard_of(limit)), limit, now);
  const auto raise = [now](Meter& meter, const MeterRule& rule, std::int64_t used) {
    if (!rule.is_set() || !rule.is_quota()) return;
    use(meter, rule, 0, now);  // into the running period
    meter.used = std::max(meter.used, used);
  };
  raise(counter.requests, limit.requests, requests);
  raise(counter.tokens, limit.tokens, tokens);
  note_idle(counter, limit.requests, limit.tokens);
}

void LimitCounters::charge(const LimitAsk& limit, std::int64_t tokens, Timestamp now) {
  const Locked locked(*this, {&limit, 1});
  auto& counter = counter_of(shards_.at(shard_of(limit)), limit, now);
  use(counter.tokens, limit.tokens, tokens, now);
  note_idle(counter, limit.requests, limit.tokens);
}

std::vector<MemberUse> LimitCounters::list(Timestamp now) {
  std::vector<MemberUse> uses;
  for (auto& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (const auto& [key, counter] : shard.counters) {
      if (counter.open == 0 && counter.idle_from_us <= to_micros(now)) continue;
      uses.push_back({key.counter, key.member, key.is_rest, counter.requests, counter.tokens, counter.running});
    }
  }
  return uses;
}

MemberUse LimitCounters::find(const LimitAsk& ask) {
  MemberUse use{ask.counter, std::string(ask.member), false, {}, {}, 0};
  auto& shard = shards_.at(shard_of(ask));
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.counters.find(KeyView{ask.counter, false, ask.member});
  if (found == shard.counters.end()) return use;
  use.requests = found->second.requests;
  use.tokens = found->second.tokens;
  use.running = found->second.running;
  return use;
}

LimitHold::~LimitHold() { release(); }
LimitHold::LimitHold(LimitHold&& other) noexcept
    : counters_(std::exchange(other.counters_, nullptr)),
      held_(std::move(other.held_)),
      has_ample_room_(other.has_ample_room_),
      taken_(other.taken_) {
  other.held_.clear();
}
LimitHold& LimitHold::operator=(LimitHold&& other) noexcept {
  if (this == &other) return *this;
  release();
  counters_ = std::exchange(other.counters_, nullptr);
  held_ = std::move(other.held_);
  other.held_.clear();
  has_ample_room_ = other.has_ample_room_;
  taken_ = other.taken_;
  return *this;
}

CallRates LimitHold::settle(std::int64_t tokens, std::int64_t requests, Timestamp now) {
  CallRates states;
  for (auto& held : held_) {
    auto& counter = *held.counter;
    const std::scoped_lock lock(counters_->shards_.at(held.shard).mutex);
    if (held.tokens.is_set()) {
      gateway::settle(counter.tokens, held.tokens, held.tokens_held, held.tokens_mark, tokens, now);
    }
    if (held.requests.is_set()) take_back(counter.requests, held.requests, 1 - requests, held.requests_mark);
    LimitCounters::note_states(counter, held, now, states);
    leave(held);
  }
  held_.clear();
  return states;
}

void LimitHold::cancel() {
  for (auto& held : held_) {
    auto& counter = *held.counter;
    const std::scoped_lock lock(counters_->shards_.at(held.shard).mutex);
    if (held.tokens.is_set()) {
      gateway::settle(counter.tokens, held.tokens, held.tokens_held, held.tokens_mark, 0, taken_);
    }
    if (held.requests.is_set()) undo(counter.requests, held.requests, 1, held.requests_mark);
    leave(held);
  }
  held_.clear();
}

void LimitHold::release() {
  for (auto& held : held_) {
    auto& counter = *held.counter;
    const std::scoped_lock lock(counters_->shards_.at(held.shard).mutex);
    if (held.tokens.is_set()) {
      gateway::settle(counter.tokens, held.tokens, held.tokens_held, held.tokens_mark, held.tokens_held, taken_);
    }
    leave(held);
  }
  held_.clear();
}

/// With the shard locked.
void LimitHold::leave(const Held& held) {
  auto& counter = *held.counter;
  if (held.is_running) --counter.running;
  --counter.open;
  LimitCounters::note_idle(counter, held.requests, held.tokens);
}

}  // namespace millwright::gateway
