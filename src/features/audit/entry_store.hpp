// Rows of the audit log: entries, the state of the tree, checkpoints.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "features/audit/audit.hpp"
#include "features/audit/merkle.hpp"

namespace millwright::audit {

/// A row as it stands in the database, before anyone trusts it.
struct StoredEntry {
  std::int64_t sequence = 0;
  std::int64_t time_us = 0;
  std::string actor, action, object, detail, leaf;
};

/// What is hashed: canonical JSON of everything but the leaf. `detail` is canonical JSON itself.
[[nodiscard]] std::string leaf_data(const StoredEntry& entry);

/// Appends to the end of the log within the transaction of `session` and returns the sequence.
[[nodiscard]] Result<std::int64_t> append_entry(store::Session& session, StoredEntry entry);
[[nodiscard]] Result<MerkleTree> load_tree(store::Session& session);
/// Visits every row in order of sequence, a thousand at a time.
[[nodiscard]] Result<void> visit_entries(store::Session& session,
                                         const std::function<Result<void>(const StoredEntry&)>& visit);
[[nodiscard]] Result<Page> list_entries(store::Database& database, const Filter& filter, std::string_view cursor,
                                        std::size_t limit);

[[nodiscard]] Result<void> insert_checkpoint(store::Session& session, const Checkpoint& checkpoint);
/// Notes as stored, by size.
[[nodiscard]] Result<std::vector<std::string>> load_notes(store::Session& session);
/// The size of the newest checkpoint and its note; 0 and empty when there is none.
[[nodiscard]] Result<std::pair<std::int64_t, std::string>> last_note(store::Session& session);

}  // namespace millwright::audit
