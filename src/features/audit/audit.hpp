// The record of what happened: every change, every decision of a person, every read of content. Append-only; a Merkle
// tree (RFC 6962) over its entries and signed checkpoints outside the database show any later edit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "io/loop/task.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::audit {

/// One event. `detail` says what changed and by which rule; it never holds prompts, secrets or personal data.
struct Entry {
  Timestamp time{};       // when left out, the moment of appending
  std::string actor;      // "user/ada", "key/7f3a…", "cli", "scheduler"
  std::string action;     // noun.verb: "key.create", "dataset.approve", "document.read"
  std::string object;     // "key/web", "dataset/it-kb@3"
  json::object detail;    // at most 64 KiB of canonical JSON
};

/// An entry in its place.
struct Record {
  std::int64_t sequence = 0;   // from 1, without gaps
  Entry entry;
  Digest leaf;
};

/// Empty members do not filter.
struct Filter {
  std::string actor;
  std::string action;                  // whole, or its beginning: "key." finds "key.create"
  std::string object;                  // whole, or its beginning
  std::optional<Timestamp> since;      // inclusive
  std::optional<Timestamp> until;      // exclusive
};

struct Page {
  std::vector<Record> records;   // newest first
  std::string next;              // cursor of the page after; empty at the end
};

/// A signed statement: "the first `size` entries have this root".
struct Checkpoint {
  std::int64_t size = 0;
  Digest root;
  std::string note;              // C2SP signed note, Ed25519
};

struct Verification {
  bool is_intact = false;
  std::int64_t entries = 0;                        // read and recomputed
  std::int64_t checkpoints = 0;                    // whose signature and root were compared
  std::int64_t covered = 0;                        // entries up to the last good checkpoint
  std::optional<std::int64_t> first_broken;        // sequence of the first entry that cannot be trusted
  std::string finding;                             // one sentence: what is wrong, or that all is well
};

struct Options {
  std::filesystem::path data_directory;            // audit.key, audit.pub, audit-checkpoints.log
  std::int64_t checkpoint_every = 64;              // entries
  Duration checkpoint_interval{600'000};           // when fewer came
};

/// Thread-safe. Failing to append fails the change: audit is closed, never open.
class Audit {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Audit>> open(store::Database& database, store::Writer& writer,
                                                           const store::Vault& vault, const Clock& clock,
                                                           Options options);
  virtual ~Audit() = default;   // writes a last checkpoint

  /// Inside a writer job: the entry commits together with the change that it records, or neither does.
  [[nodiscard]] virtual Result<void> append(store::Session& session, Entry entry) = 0;
  /// In a job of its own; returns after the commit. For threads that may block.
  [[nodiscard]] virtual Result<void> record(Entry entry) = 0;
  /// The same from a coroutine.
  [[nodiscard]] virtual io::Task<Result<void>> commit(Entry entry) = 0;

  /// `cursor` from the page before, or empty; `limit` 1 to 1,000.
  [[nodiscard]] virtual Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) = 0;
  /// Signs the present state, unless the last checkpoint already covers it.
  [[nodiscard]] virtual Result<Checkpoint> checkpoint() = 0;
  /// Recomputes everything. An error means that it could not be done; what was found is in the report.
  [[nodiscard]] virtual Result<Verification> verify() = 0;
  /// Every entry, oldest first, one line of canonical JSON each, then the checkpoints: enough to verify elsewhere.
  [[nodiscard]] virtual Result<void> export_lines(const std::function<Result<void>(std::string_view line)>& sink) = 0;
  /// The key of the checkpoints in the form of C2SP signed notes: "name+hash+base64".
  [[nodiscard]] virtual const std::string& public_key() const = 0;
};

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::audit
