#include "features/gateway/limits.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

// Families of counters: a key's own, then those of configured limits.
constexpr std::uint32_t key_requests_family = 0;
constexpr std::uint32_t key_tokens_family = 1;
constexpr std::uint32_t key_calls_family = 2;
constexpr std::uint32_t first_family = 3;

MeterRule rule_of(const std::optional<LimitRate>& rate, const LimitConfig& config) {
  if (!rate) return {};
  return {rate->amount, rate->per, config.zone.get()};
}

/// What makes two limits the same one across configurations.
std::string family_of(const LimitConfig& config) {
  const auto period = [](const std::optional<LimitRate>& rate) { return rate ? static_cast<int>(rate->per) : -1; };
  return fmt::format("{}/{}/{}/{}/{}/{}", config.name, limit_scope_name(config.scope), period(config.requests),
                     period(config.tokens), config.zone->name(), config.match);
}

/// Of a sum or of a call in the ledger's words.
template <class Facts>
const std::string& member_of(LimitScope scope, const Facts& sum) {
  static const std::string all;
  switch (scope) {
    case LimitScope::Key: return sum.key;
    case LimitScope::User: return sum.user;
    case LimitScope::Team: return sum.team;
    case LimitScope::UseCase: return sum.use_case;
    case LimitScope::Model: return sum.model;
    case LimitScope::All: break;
  }
  return all;
}

Timestamp start_of(const MeterRule& rule, Timestamp now) {
  return (rule.per == LimitPeriod::Day ? rule.zone->day_of(now) : rule.zone->month_of(now)).start;
}

/// Where the running periods of a limit's quotas began; each once.
std::set<Timestamp> quota_starts(const Limit& limit, Timestamp now) {
  std::set<Timestamp> starts;
  for (const auto* rule : {&limit.requests, &limit.tokens}) {
    if (rule->is_set() && rule->is_quota()) starts.insert(start_of(*rule, now));
  }
  return starts;
}

bool has_counter(const LimitSet* set, std::uint32_t counter) {
  if (set == nullptr) return false;
  return std::ranges::any_of(set->by_scope, [counter](const auto& limits) {
    return std::ranges::any_of(limits, [counter](const Limit& limit) { return limit.counter == counter; });
  });
}

/// How near a member is to what it may take: larger is nearer.
double share_used(const Limit& limit, const MemberUse& use, Timestamp now) {
  const auto share = [now](const MeterRule& rule, Meter meter) {
    if (!rule.is_set()) return 0.0;
    return 1.0 - static_cast<double>(state_of(meter, rule, now).remaining) / static_cast<double>(rule.amount);
  };
  const auto running = limit.config.concurrent == 0
                           ? 0.0
                           : static_cast<double>(use.running) / static_cast<double>(limit.config.concurrent);
  return std::max({share(limit.requests, use.requests), share(limit.tokens, use.tokens), running});
}

}  // namespace

bool Limit::binds(std::string_view member) const {
  switch (config.scope) {
    case LimitScope::All: return true;
    // A call without a use case or model of its own is not a member; callers without a name are one member together.
    case LimitScope::UseCase:
    case LimitScope::Model:
      if (member.empty()) return false;
      break;
    default: break;
  }
  return config.match.empty() || config.match == member || matches_glob(config.match, member);
}

LimitAsk Limit::ask(std::string_view member, std::int64_t token_amount) const {
  LimitAsk ask;
  ask.counter = counter;
  ask.name = rule;
  ask.member = config.scope == LimitScope::All ? std::string_view() : member;
  ask.requests = requests;
  ask.tokens = tokens;
  ask.concurrent = config.concurrent;
  ask.token_amount = token_amount;
  return ask;
}

LimitAsk Limits::key_requests(std::string_view key_id, std::int64_t per_minute) {
  LimitAsk ask;
  ask.counter = key_requests_family;
  ask.name = "key.rpm";
  ask.member = key_id;
  ask.requests.amount = per_minute;
  return ask;
}

LimitAsk Limits::key_tokens(std::string_view key_id, std::int64_t per_minute, std::int64_t tokens) {
  LimitAsk ask;
  ask.counter = key_tokens_family;
  ask.name = "key.tpm";
  ask.member = key_id;
  ask.tokens.amount = per_minute;
  ask.token_amount = tokens;
  return ask;
}

LimitAsk Limits::key_calls(std::string_view key_id, std::int64_t at_once) {
  LimitAsk ask;
  ask.counter = key_calls_family;
  ask.name = "key.concurrent";
  ask.member = key_id;
  ask.concurrent = at_once;
  return ask;
}

std::vector<const Limit*> limits_of(const LimitSet& set, const LimitedCaller& caller) {
  const std::pair<LimitScope, std::string_view> members[] = {{LimitScope::Key, caller.key_name},
                                                             {LimitScope::User, caller.user},
                                                             {LimitScope::Team, caller.team},
                                                             {LimitScope::UseCase, caller.use_case},
                                                             {LimitScope::All, {}}};
  std::vector<const Limit*> bound;
  for (const auto& [scope, member] : members) {
    for (const auto& limit : set.of(scope)) {
      if (limit.binds(member)) bound.push_back(&limit);
    }
  }
  return bound;
}

std::vector<LimitAsk> asks_of(const LimitedCaller& caller, std::span<const Limit* const> bound, std::int64_t tokens) {
  const auto member = [&caller](LimitScope scope) {
    switch (scope) {
      case LimitScope::Key: return caller.key_id;
      case LimitScope::User: return caller.user;
      case LimitScope::Team: return caller.team;
      default: return caller.use_case;
    }
  };
  std::vector<LimitAsk> asks;
  if (caller.rpm) asks.push_back(Limits::key_requests(caller.key_id, *caller.rpm));
  if (caller.tpm) asks.push_back(Limits::key_tokens(caller.key_id, *caller.tpm, tokens));
  if (caller.concurrent) asks.push_back(Limits::key_calls(caller.key_id, *caller.concurrent));
  for (const auto* limit : bound) {
    if (limit->has_counters()) asks.push_back(limit->ask(member(limit->config.scope), tokens));
  }
  return asks;
}

std::int64_t counted_tokens(const telemetry::TokenCounts& tokens) {
  std::int64_t sum = 0;
  for (const auto& meter : finops::priced_meters) {
    if (meter.side != finops::MeterSide::Tool) sum += tokens.*meter.count;
  }
  return sum;
}

bool is_counted_row(const telemetry::Trace& trace) {
  if (trace.provider.empty()) return false;
  return trace.status != telemetry::TraceStatus::Refused || counted_tokens(trace.tokens) > 0;
}

void Limits::charge(const LimitSet& set, const finops::CallFacts& facts, std::int64_t tokens, Timestamp now) {
  for (const auto& limits : set.by_scope) {
    for (const auto& limit : limits) {
      const auto& member = member_of(limit.config.scope, facts);
      if (!limit.tokens.is_set() || (limit.config.scope != LimitScope::Key && !limit.binds(member))) continue;
      if (limit.tokens.is_quota() && start_of(limit.tokens, now) > facts.time) continue;  // of a period that is over
      counters_.charge(limit.ask(member, 0), tokens, now);
    }
  }
}

std::uint32_t Limits::counter_of(const LimitConfig& config) {
  const std::scoped_lock lock(mutex_);
  const auto next = static_cast<std::uint32_t>(families_.size()) + first_family;
  return families_.try_emplace(family_of(config), next).first->second;
}

Result<std::shared_ptr<const LimitSet>> Limits::prepare(const std::vector<LimitConfig>& configs,
                                                        const LimitSet* current, const LoadUse& load, Timestamp now) {
  if (configs.empty()) return std::shared_ptr<const LimitSet>();
  auto set = std::make_shared<LimitSet>();
  std::map<Timestamp, std::vector<finops::UseSum>> loaded;
  for (const auto& config : configs) {
    Limit limit{config, counter_of(config), "limit:" + config.name, rule_of(config.requests, config),
                rule_of(config.tokens, config)};
    if (!has_counter(current, limit.counter)) {
      for (const auto start : quota_starts(limit, now)) {
        if (!loaded.contains(start)) {
          auto sums = load(start);
          if (!sums) return pass(sums);
          loaded.emplace(start, std::move(*sums));
        }
        restore(limit, loaded.at(start), start, now);
      }
    }
    set->by_scope.at(static_cast<std::size_t>(config.scope)).push_back(std::move(limit));
  }
  return set;
}

void Limits::restore(const Limit& limit, const std::vector<finops::UseSum>& sums, Timestamp from, Timestamp now) {
  const auto is_here = [&](const MeterRule& rule) {
    return rule.is_set() && rule.is_quota() && start_of(rule, now) == from;
  };
  std::map<std::string_view, std::pair<std::int64_t, std::int64_t>> by_member;
  for (const auto& sum : sums) {
    if (sum.is_shadow && limit.config.scope != LimitScope::Model) continue;
    const auto& member = member_of(limit.config.scope, sum);
    // The ledger knows keys by id and a limit matches their names: a counter too many changes nothing.
    if (limit.config.scope != LimitScope::Key && !limit.binds(member)) continue;
    auto& [requests, tokens] = by_member[member];
    requests += limit.config.scope == LimitScope::Model ? sum.rows : sum.calls;
    tokens += sum.tokens;
  }
  for (const auto& [member, used] : by_member) {
    const auto ask = limit.ask(member, 0);
    counters_.restore(ask, is_here(limit.requests) ? used.first : 0, is_here(limit.tokens) ? used.second : 0, now);
  }
}

std::vector<LimitUse> Limits::use_of(const LimitSet& set, std::size_t members_max, Timestamp now) {
  std::map<std::uint32_t, std::vector<MemberUse>> by_counter;
  for (auto& use : counters_.list(now)) by_counter[use.counter].push_back(std::move(use));
  std::vector<LimitUse> uses;
  for (const auto& limits : set.by_scope) {
    for (const auto& limit : limits) {
      LimitUse use{limit.config, std::move(by_counter[limit.counter]), 0, limit.requests, limit.tokens};
      use.members_total = use.members.size();
      std::ranges::sort(use.members, [&](const MemberUse& a, const MemberUse& b) {
        const auto of_a = share_used(limit, a, now);
        const auto of_b = share_used(limit, b, now);
        return of_a != of_b ? of_a > of_b : a.member < b.member;
      });
      if (use.members.size() > members_max) use.members.resize(members_max);
      uses.push_back(std::move(use));
    }
  }
  std::ranges::sort(uses, {}, [](const LimitUse& use) -> const std::string& { return use.config.name; });
  return uses;
}

KeyUse Limits::use_of_key(const LimitedCaller& key) {
  KeyUse use;
  if (key.rpm) {
    const auto ask = key_requests(key.key_id, *key.rpm);
    use.requests = ask.requests;
    use.requests_used = counters_.find(ask).requests;
  }
  if (key.tpm) {
    const auto ask = key_tokens(key.key_id, *key.tpm, 0);
    use.tokens = ask.tokens;
    use.tokens_used = counters_.find(ask).tokens;
  }
  if (key.concurrent) {
    use.concurrent = *key.concurrent;
    use.running = counters_.find(key_calls(key.key_id, *key.concurrent)).running;
  }
  return use;
}

Error refusal_error(const LimitRefusal& refusal, Timestamp now) {
  Error error;
  error.code = ErrorCode::RateLimited;
  error.rule = refusal.name;
  error.retry_after = refusal.retry_after;
  const auto name = refusal.name.starts_with("limit:") ? refusal.name.substr(6) : refusal.name;
  if (refusal.unit == LimitedUnit::Concurrency) {
    error.message = fmt::format("the limit {} admits {} calls at the same time", name, refusal.limit);
    error.fix = "Try again when one of them has ended.";
    return error;
  }
  const auto rate = render_limit_rate({refusal.rule.amount, refusal.rule.per});
  const auto space = rate.find(' ');
  error.message = fmt::format("the limit {} admits {} {}{}", name, rate.substr(0, space),
                              refusal.unit == LimitedUnit::Requests ? "requests" : "tokens", rate.substr(space));
  if (!refusal.is_exact) {
    error.fix = "What is left is held by calls that run; try again when one of them has ended.";
  } else if (refusal.rule.is_quota()) {
    error.fix = fmt::format("It begins anew at {}.",
                            render_time(std::chrono::ceil<std::chrono::seconds>(now + refusal.retry_after)));
  }
  return error;
}

}  // namespace millwright::gateway
