// Budgets in memory: what is settled and what is reserved in the running period of each scope. A reservation is taken
// on all scopes of a call at once or on none, so that settled + reserved never exceeds a limit.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "features/finops/finops.hpp"

namespace millwright::finops {

struct PeriodBounds {
  Timestamp start, end;
};
/// The period that holds `now`, in UTC; weeks start on Monday; Total has no end.
[[nodiscard]] PeriodBounds period_bounds(Period period, Timestamp now);

class Scope;
using Scopes = std::vector<std::shared_ptr<Scope>>;

/// Why a reservation was not taken.
struct NoRoom {
  std::shared_ptr<Scope> scope;
  bool may_come = false;   // others hold reservations that may yet be released
};

/// A threshold that a settlement has crossed.
struct Crossing {
  BudgetStatus status;
  int percent = 0;
};

/// Thread-safe.
class BudgetBook {
 public:
  /// `load_settled(scope, start, end)` sums the ledger; called for scopes not known yet, outside any lock.
  using LoadSettled = std::function<Result<Money>(std::string_view, PeriodBounds)>;
  BudgetBook(const Clock& clock, LoadSettled load_settled);
  ~BudgetBook();

  [[nodiscard]] Result<void> replace(std::vector<BudgetDefinition> definitions);
  /// The budgets that bind a call; scopes without one are left out.
  [[nodiscard]] Scopes find(const std::vector<std::string>& names) const;
  [[nodiscard]] Scopes find(const CallFacts& facts) const;

  /// Takes `amount` on every scope or on none. A zero amount always fits: what is free is never gated by money.
  [[nodiscard]] std::optional<NoRoom> reserve(const Scopes& scopes, Money amount);
  /// The same beyond every limit: a person has approved it.
  void reserve_beyond(const Scopes& scopes, Money amount);
  /// Gives a reservation back.
  void release(const Scopes& scopes, Money amount);
  /// Turns a reservation into cost; `crossed` is called for each alert threshold passed by it.
  void settle(const Scopes& scopes, Money reserved, Money cost, const std::function<void(const Crossing&)>& crossed);

  /// A cost of `time` turned out to be another one by `difference`: counts where that time is in the running period.
  void correct(std::string_view scope, Timestamp time, Money difference);

  [[nodiscard]] std::vector<BudgetStatus> status() const;
  [[nodiscard]] static BudgetStatus status_of(const Scope& scope);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::finops
