#include "features/finops/budgets.hpp"

#include <algorithm>
#include <atomic>
#include <map>

#include <boost/container/small_vector.hpp>

#include "features/finops/scopes.hpp"

namespace millwright::finops {

using std::chrono::days;
using std::chrono::sys_days;

PeriodBounds period_bounds(Period period, Timestamp now) {
  const auto today = std::chrono::floor<days>(now);
  const std::chrono::year_month_day date{today};
  switch (period) {
    case Period::Day:
      return {today, today + days(1)};
    case Period::Week: {
      const auto monday = today - days((std::chrono::weekday{today}.iso_encoding() - 1));
      return {monday, monday + days(7)};
    }
    case Period::Month: {
      const auto first = date.year() / date.month() / 1;
      return {sys_days{first}, sys_days{first + std::chrono::months(1)}};
    }
    case Period::Total:
      break;
  }
  return {Timestamp{}, Timestamp::max()};
}

class Scope {
 public:
  Scope(BudgetDefinition definition, PeriodBounds bounds, Money settled)
      : definition_(std::move(definition)), bounds_(bounds), settled_(settled) {}

  std::mutex mutex_;
  BudgetDefinition definition_;
  PeriodBounds bounds_;
  Money settled_;
  Money reserved_;

  /// With the mutex held: a new period starts with what is still reserved.
  void roll_over(Timestamp now) {
    if (now < bounds_.end) return;
    bounds_ = period_bounds(definition_.period, now);
    settled_ = Money();
  }
  [[nodiscard]] BudgetStatus status() const {
    return {definition_, bounds_.start, bounds_.end, settled_, reserved_};
  }
};

namespace {

using Table = std::map<std::string, std::shared_ptr<Scope>, std::less<>>;

void add_scope(const Table& table, std::string_view name, Scopes& found) {
  const auto scope = table.find(name);
  if (scope != table.end()) found.push_back(scope->second);
}

/// Each scope once, in the one order in which all calls lock them.
Scopes in_order(Scopes scopes) {
  std::ranges::sort(scopes);
  const auto repeated = std::ranges::unique(scopes);
  scopes.erase(repeated.begin(), repeated.end());
  return scopes;
}

}  // namespace

struct BudgetBook::State {
  const Clock& clock;
  LoadSettled load_settled;
  std::atomic<std::shared_ptr<const Table>> table{std::make_shared<const Table>()};
};

namespace {

/// Holds all scopes of a call, taken in one order everywhere, so that two calls cannot wait for each other.
class LockedScopes {
 public:
  explicit LockedScopes(const Scopes& scopes) {
    locks_.reserve(scopes.size());
    for (const auto& scope : scopes) locks_.emplace_back(scope->mutex_);
  }

 private:
  boost::container::small_vector<std::unique_lock<std::mutex>, 6> locks_;
};

}  // namespace

BudgetBook::BudgetBook(const Clock& clock, LoadSettled load_settled)
    : state_(std::make_unique<State>(clock, std::move(load_settled))) {}
BudgetBook::~BudgetBook() = default;

Result<void> BudgetBook::replace(std::vector<BudgetDefinition> definitions) {
  const auto now = state_->clock.now();
  const auto old = state_->table.load();
  auto next = std::make_shared<Table>();
  for (auto& definition : definitions) {
    const auto known = old->find(definition.scope);
    if (known != old->end() && known->second->definition_.period == definition.period) {
      // The same scope goes on with its sums; only its terms change. The object is shared with calls in flight.
      const std::scoped_lock lock(known->second->mutex_);
      known->second->definition_ = definition;
      next->emplace(definition.scope, known->second);
      continue;
    }
    const auto bounds = period_bounds(definition.period, now);
    auto settled = state_->load_settled(definition.scope, bounds);
    if (!settled) return pass(settled);
    auto scope = std::make_shared<Scope>(definition, bounds, *settled);
    next->emplace(definition.scope, std::move(scope));
  }
  state_->table.store(std::move(next));
  return {};
}

Scopes BudgetBook::find(const std::vector<std::string>& names) const {
  const auto table = state_->table.load();
  Scopes found;
  for (const auto& name : names) add_scope(*table, name, found);
  return in_order(std::move(found));
}

Scopes BudgetBook::find(const CallFacts& facts) const {
  const auto table = state_->table.load();
  Scopes found;
  found.reserve(4);
  for_each_scope(facts, [&](std::string_view name) { add_scope(*table, name, found); });
  return in_order(std::move(found));
}

std::optional<NoRoom> BudgetBook::reserve(const Scopes& scopes, Money amount) {
  if (scopes.empty() || amount <= Money()) return std::nullopt;
  const auto now = state_->clock.now();
  const LockedScopes locked(scopes);
  for (const auto& scope : scopes) {
    scope->roll_over(now);
    if (scope->definition_.at_limit == AtLimit::Warn) continue;
    if (scope->settled_ + scope->reserved_ + amount > scope->definition_.limit) {
      return NoRoom{scope, scope->settled_ + amount <= scope->definition_.limit};
    }
  }
  for (const auto& scope : scopes) scope->reserved_ += amount;
  return std::nullopt;
}

void BudgetBook::reserve_beyond(const Scopes& scopes, Money amount) {
  if (amount <= Money()) return;
  const auto now = state_->clock.now();
  const LockedScopes locked(scopes);
  for (const auto& scope : scopes) {
    scope->roll_over(now);
    scope->reserved_ += amount;
  }
}

void BudgetBook::release(const Scopes& scopes, Money amount) {
  if (amount <= Money()) return;
  const LockedScopes locked(scopes);
  for (const auto& scope : scopes) scope->reserved_ -= amount;
}

void BudgetBook::settle(const Scopes& scopes, Money reserved, Money cost,
                        const std::function<void(const Crossing&)>& crossed) {
  if (scopes.empty()) return;
  std::vector<Crossing> crossings;
  {
    const auto now = state_->clock.now();
    const LockedScopes locked(scopes);
    for (const auto& scope : scopes) {
      scope->roll_over(now);
      if (reserved > Money()) scope->reserved_ -= reserved;
      const auto before = static_cast<__int128>(scope->settled_.nano()) * 100;
      scope->settled_ += cost;
      const auto after = static_cast<__int128>(scope->settled_.nano()) * 100;
      for (const int percent : scope->definition_.alerts_percent) {
        const auto threshold = static_cast<__int128>(scope->definition_.limit.nano()) * percent;
        if (before < threshold && after >= threshold) crossings.push_back({scope->status(), percent});
      }
    }
  }
  for (const auto& crossing : crossings) crossed(crossing);
}

void BudgetBook::correct(std::string_view scope, Timestamp time, Money difference) {
  const auto table = state_->table.load();
  const auto found = table->find(scope);
  if (found == table->end()) return;
  const std::scoped_lock lock(found->second->mutex_);
  found->second->roll_over(state_->clock.now());
  if (time < found->second->bounds_.start || time >= found->second->bounds_.end) return;
  found->second->settled_ += difference;
}

std::vector<BudgetStatus> BudgetBook::status() const {
  const auto table = state_->table.load();
  const auto now = state_->clock.now();
  std::vector<BudgetStatus> all;
  for (const auto& [name, scope] : *table) {
    const std::scoped_lock lock(scope->mutex_);
    scope->roll_over(now);
    all.push_back(scope->status());
  }
  return all;
}

BudgetStatus BudgetBook::status_of(const Scope& scope) { return scope.status(); }

}  // namespace millwright::finops
