// Rows of syncs and their intake reports.
#pragma once

#include <optional>
#include <vector>

#include "features/ingestion/ingestion.hpp"
#include "store/database.hpp"

namespace millwright::ingestion {

/// A sync that began and, after a crash, may be taken up again.
struct OpenSync {
  Id id;
  Timestamp started;
  bool is_full = false;
};
[[nodiscard]] Result<std::optional<OpenSync>> find_open_sync(store::Database& database, std::string_view source);

[[nodiscard]] Result<void> save_sync(store::Session& session, const SyncReport& report, bool is_full);
[[nodiscard]] Result<void> save_line(store::Session& session, Id sync, const IntakeLine& line);
/// Counts by verdict of the lines written so far.
[[nodiscard]] Result<std::map<std::string, std::int64_t>> count_lines(store::Session& session, Id sync);
/// Keeps the newest `reports_kept` reports of a source, and the lines of the newest `lines_kept`.
[[nodiscard]] Result<void> drop_old_syncs(store::Session& session, std::string_view source, std::int64_t lines_kept,
                                          std::int64_t reports_kept);

[[nodiscard]] Result<std::vector<SyncReport>> list_syncs(store::Database& database, std::string_view source,
                                                         std::size_t limit);
[[nodiscard]] Result<std::vector<IntakeLine>> list_lines(store::Database& database, Id sync);

}  // namespace millwright::ingestion
