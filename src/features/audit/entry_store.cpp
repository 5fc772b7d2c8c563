#include "features/audit/entry_store.hpp"

#include <charconv>
#include <limits>

#include "base/canonical_json.hpp"
#include "features/audit/audit_sql.hpp"

namespace millwright::audit {
namespace {

constexpr std::int64_t page_rows = 1'000;

StoredEntry stored_entry(const store::Row& row) {
  return {.sequence = row.integer(0), .time_us = row.integer(1), .actor = row.text(2), .action = row.text(3),
          .object = row.text(4), .detail = row.text(5), .leaf = row.text(6)};
}

Result<MerkleTree> tree_of(const Result<store::Rows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  if (rows->size() != 1) return fail(ErrorCode::Corrupt, "the state of the audit tree is missing");
  return MerkleTree::parse(rows->front().integer(0), rows->front().text(1));
}

Result<Record> record_of(StoredEntry stored) {
  Record record{.sequence = stored.sequence, .entry = {}, .leaf = {}};
  auto detail = parse_json_object(stored.detail);
  if (!detail) return fail(ErrorCode::Corrupt, "audit entry {} has unreadable detail", stored.sequence);
  record.entry = {.time = from_micros(stored.time_us), .actor = std::move(stored.actor),
                  .action = std::move(stored.action), .object = std::move(stored.object),
                  .detail = std::move(*detail)};
  if (auto leaf = Digest::parse(stored.leaf)) record.leaf = *leaf;
  return record;
}

}  // namespace

std::string leaf_data(const StoredEntry& entry) {
  const auto quoted = [](const std::string& text) { return render_canonical_json(json::string(text)); };
  return fmt::format(R"({{"action":{},"actor":{},"detail":{},"object":{},"sequence":{},"time":{}}})",
                     quoted(entry.action), quoted(entry.actor), entry.detail, quoted(entry.object), entry.sequence,
                     entry.time_us);
}

Result<MerkleTree> load_tree(store::Session& session) { return tree_of(session.query(sql::load_tree)); }

Result<std::int64_t> append_entry(store::Session& session, StoredEntry entry) {
  auto tree = tree_of(session.query(sql::lock_tree));
  if (!tree) return pass(tree);
  entry.sequence = tree->size() + 1;
  const Digest leaf = leaf_hash(leaf_data(entry));
  tree->append(leaf);
  auto inserted = session.execute(sql::insert_entry, {entry.sequence, entry.time_us, std::move(entry.actor),
                                                      std::move(entry.action), std::move(entry.object),
                                                      std::move(entry.detail), leaf.text()});
  if (!inserted) return pass(inserted);
  auto stored = session.execute(sql::store_tree, {tree->size(), tree->peaks()});
  if (!stored) return pass(stored);
  return tree->size();
}

Result<void> visit_entries(store::Session& session, const std::function<Result<void>(const StoredEntry&)>& visit) {
  // Rows are read by sequence, so a forged sequence cannot hide a row before the first.
  std::int64_t after = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    auto rows = session.query(sql::read_entries, {after, page_rows});
    if (!rows) return pass(rows);
    for (const store::Row& row : *rows) {
      auto visited = visit(stored_entry(row));
      if (!visited) return visited;
    }
    if (rows->size() < static_cast<std::size_t>(page_rows)) return {};
    after = rows->back().integer(0);
  }
}

Result<Page> list_entries(store::Database& database, const Filter& filter, std::string_view cursor,
                          std::size_t limit) {
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (!cursor.empty()) {
    const auto read = std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
    if (read.ec != std::errc() || read.ptr != cursor.data() + cursor.size() || before < 1) {
      return fail(ErrorCode::InvalidInput, "\"{}\" is not a cursor of the audit log", cursor);
    }
  }
  limit = std::clamp<std::size_t>(limit, 1, 1'000);
  const std::int64_t since = filter.since ? to_micros(*filter.since) : std::numeric_limits<std::int64_t>::min();
  const std::int64_t until = filter.until ? to_micros(*filter.until) : std::numeric_limits<std::int64_t>::max();
  auto rows = database.select(sql::list_entries, {before, since, until, filter.actor, filter.action, filter.object,
                                                  static_cast<std::int64_t>(limit) + 1});
  if (!rows) return pass(rows);
  Page page;
  for (const store::Row& row : *rows) {
    if (page.records.size() == limit) {
      page.next = std::to_string(page.records.back().sequence);
      break;
    }
    auto record = record_of(stored_entry(row));
    if (!record) return pass(record);
    page.records.push_back(std::move(*record));
  }
  return page;
}

Result<void> insert_checkpoint(store::Session& session, const Checkpoint& checkpoint) {
  auto done = session.execute(sql::insert_checkpoint, {checkpoint.size, checkpoint.note});
  if (!done) return pass(done);
  return {};
}

Result<std::vector<std::string>> load_notes(store::Session& session) {
  auto rows = session.query(sql::list_checkpoints);
  if (!rows) return pass(rows);
  std::vector<std::string> notes;
  for (const store::Row& row : *rows) notes.push_back(row.text(1));
  return notes;
}

Result<std::pair<std::int64_t, std::string>> last_note(store::Session& session) {
  auto rows = session.query(sql::last_checkpoint);
  if (!rows) return pass(rows);
  if (rows->empty()) return std::pair<std::int64_t, std::string>();
  return std::pair(rows->front().integer(0), rows->front().text(1));
}

}  // namespace millwright::audit
