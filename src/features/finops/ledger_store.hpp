// Rows of the ledger: written in batches, read back by trace, by page and in sums.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "features/finops/budgets.hpp"
#include "features/finops/finops.hpp"
#include "features/finops/journal.hpp"
#include "store/database.hpp"

namespace millwright::finops {

/// Where the ids of calls that began at `time`, moved by `slack`, begin: version 7 ids start with their milliseconds, so
/// a span of time is a span of ids.
[[nodiscard]] std::int64_t first_trace_high_at(Timestamp time, Duration slack = Duration(0));

/// The hour since 1970 that a cost of `time` is summed under.
[[nodiscard]] std::int64_t hour_of(Timestamp time);
/// The two halves of an id, as stored.
[[nodiscard]] std::int64_t high_of(Id id);
[[nodiscard]] std::int64_t low_of(Id id);
[[nodiscard]] std::int64_t flags_of(const LedgerRow& row);

class LedgerStore {
 public:
  explicit LedgerStore(store::Database& database);

  /// Reads the dictionary of names; once, before anything else.
  [[nodiscard]] Result<void> load_names();
  /// Inserts rows and adds their cost to the hourly sums, inside a writer job. `is_replay`: rows that are already
  /// there are left alone.
  [[nodiscard]] Result<void> insert(store::Session& session, const std::vector<const PendingRow*>& rows,
                                    bool is_replay);

  /// What insert wrote has been committed. On the writer's thread.
  void note_committed();

  [[nodiscard]] Result<Money> settled(std::string_view scope, PeriodBounds bounds);
  [[nodiscard]] Result<LedgerPage> page(const LedgerQuery& query);
  [[nodiscard]] Result<LedgerRow> load(Id trace);
  [[nodiscard]] Result<std::vector<CostRow>> report(const CostQuery& query);
  [[nodiscard]] Result<std::vector<UseSum>> use_since(Timestamp from);

  // rerate.cpp: rows in the order of their keys, for one walk over a span of time.
  struct Span {
    Timestamp from, to;
    Id after;                          // with after_attempt: the last row seen
    std::int64_t after_attempt = -1;
    std::int64_t rows_max = 500;
  };
  [[nodiscard]] Result<std::vector<PendingRow>> next_rows(store::Session& session, const Span& span) const;
  /// Gives rows their new cost and moves the hourly sums by `differences` (scope, hour), inside a writer job.
  using Differences = std::map<std::pair<std::string, std::int64_t>, Money>;
  [[nodiscard]] Result<void> rewrite_costs(store::Session& session, const std::vector<PendingRow>& rows,
                                           const Differences& differences);

 private:
  /// Number of a name, made when new; only on the writer's thread.
  [[nodiscard]] Result<std::int64_t> number_of(store::Session& session, const std::string& name);
  [[nodiscard]] Result<void> repeat_uncommitted_names(store::Session& session);
  [[nodiscard]] std::optional<std::int64_t> find_number(std::string_view name) const;
  [[nodiscard]] std::string name_of(std::int64_t number) const;
  [[nodiscard]] LedgerRow read_row(const store::Row& row) const;
  [[nodiscard]] Result<store::Values> values_of(store::Session& session, const PendingRow& pending);

  store::Database& database_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::vector<std::string> names_;                  // by number
  std::vector<std::int64_t> uncommitted_names_;     // only on the writer's thread
  /// The names of the row before, which the next one mostly shares; only on the writer's thread.
  std::array<std::pair<std::string, std::int64_t>, 10> last_names_;
};

}  // namespace millwright::finops
