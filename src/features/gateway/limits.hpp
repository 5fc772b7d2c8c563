// The limits in force: the configured ones compiled, and the counters that outlive a change of the configuration.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
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

/// Who calls, as limits know them. What it points to outlives the asks made from it.
struct LimitedCaller {
  std::string_view key_id, key_name, user, team, use_case;
  std::optional<std::int64_t> rpm, tpm, concurrent;  // of the key itself
};
/// The limits that bind a caller, all but those of models.
[[nodiscard]] std::vector<const Limit*> limits_of(const LimitSet& set, const LimitedCaller& caller);
/// What is to be taken: of the key's own limits and of `bound`. `tokens` is the most the call can use.
[[nodiscard]] std::vector<LimitAsk> asks_of(const LimitedCaller& caller, std::span<const Limit* const> bound,
                                            std::int64_t tokens);

/// What a token limit counts of an answer's usage: input and output of every kind.
[[nodiscard]] std::int64_t counted_tokens(const telemetry::TokenCounts& tokens);
/// Whether the ledger row of this trace counts as a call in a quota: see Accounts::use_since.
[[nodiscard]] bool is_counted_row(const telemetry::Trace& trace);

/// One limit as people see it.
struct LimitUse {
  LimitConfig config;
  std::vector<MemberUse> members;  // those who use it most first
  std::size_t members_total = 0;
  MeterRule requests, tokens;
};

/// What a key has used of its own limits. A rule that is not set is no limit of this key.
struct KeyUse {
  MeterRule requests, tokens;
  Meter requests_used, tokens_used;
  std::int64_t concurrent = 0;  // 0: not limited; and then nobody counts what runs
  std::int64_t running = 0;
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
  /// Counts tokens of a call that holds nothing any more, as an answer that came with a provider's batch.
  void charge(const LimitSet& set, const finops::CallFacts& facts, std::int64_t tokens, Timestamp now);
  /// At most `members_max` members a limit.
  [[nodiscard]] std::vector<LimitUse> use_of(const LimitSet& set, std::size_t members_max, Timestamp now);

  [[nodiscard]] KeyUse use_of_key(const LimitedCaller& key);

  /// A key's own requests a minute, its tokens a minute, and its calls at the same time.
  [[nodiscard]] static LimitAsk key_requests(std::string_view key_id, std::int64_t per_minute);
  [[nodiscard]] static LimitAsk key_tokens(std::string_view key_id, std::int64_t per_minute, std::int64_t tokens);
  [[nodiscard]] static LimitAsk key_calls(std::string_view key_id, std::int64_t at_once);

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
