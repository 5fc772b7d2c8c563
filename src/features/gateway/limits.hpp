// The limits in force: the configured ones compiled, and the counters that outlive a change of the configuration.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/limit_counters.hpp"
#include "features/gateway/limits_config.hpp"

namespace millwright::gateway {

/// One configured limit, ready to be asked.
struct Limit {
  LimitConfig config;
  std::uint32_t counter = 0;
  std::string rule;  // "limit:NAME", as decisions and errors say it
  MeterRule requests, tokens;
  [[nodiscard]] bool binds(std::string_view member) const;
  /// Whether there is anything to count: more than lengths.
  [[nodiscard]] bool has_counters() const { return requests.is_set() || tokens.is_set() || config.concurrent > 0; }
  [[nodiscard]] LimitAsk ask(std::string_view member, std::int64_t token_amount) const;
};

/// Immutable; shared by all calls of one configuration.
struct LimitSet {
  std::array<std::vector<Limit>, limit_scope_names.size()> by_scope;
  [[nodiscard]] const std::vector<Limit>& of(LimitScope scope) const {
    return by_scope.at(static_cast<std::size_t>(scope));
  }
};

/// One limit as people see it.
struct LimitUse {
  LimitConfig config;
  std::vector<MemberUse> members;  // those who use it most first
  std::size_t members_total = 0;
  MeterRule requests, tokens;
};

/// Thread-safe.
class Limits {
 public:
  explicit Limits(std::size_t members_max = 131'072) : counters_(members_max) {}

  /// Nothing when there are no limits. A limit that keeps its name, scope, match, periods and time zone keeps its
  /// counters, whatever its amounts are now. The quotas of one that `current` has not are counted from the ledger:
  /// `load` sums it from a time on, and may block.
  using LoadUse = std::function<Result<std::vector<finops::UseSum>>(Timestamp from)>;
  [[nodiscard]] Result<std::shared_ptr<const LimitSet>> prepare(const std::vector<LimitConfig>& configs,
                                                                const LimitSet* current, const LoadUse& load,
                                                                Timestamp now);
  [[nodiscard]] LimitCounters& counters() { return counters_; }
  /// At most `members_max` members a limit.
  [[nodiscard]] std::vector<LimitUse> use_of(const LimitSet& set, std::size_t members_max, Timestamp now);

  /// A key's own requests a minute, and its tokens a minute.
  [[nodiscard]] static LimitAsk key_requests(std::string_view key_id, std::int64_t per_minute);
  [[nodiscard]] static LimitAsk key_tokens(std::string_view key_id, std::int64_t per_minute, std::int64_t tokens);

 private:
  [[nodiscard]] std::uint32_t counter_of(const LimitConfig& config);
  void restore(const Limit& limit, const std::vector<finops::UseSum>& sums, Timestamp from, Timestamp now);

  LimitCounters counters_;
  std::mutex mutex_;
  std::map<std::string, std::uint32_t> families_;
};

/// RateLimited: names the limit, what it admits, and when the call would pass.
[[nodiscard]] Error refusal_error(const LimitRefusal& refusal, Timestamp now);

}  // namespace millwright::gateway
