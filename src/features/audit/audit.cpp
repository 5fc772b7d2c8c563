#include "features/audit/audit.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "base/canonical_json.hpp"
#include "base/text.hpp"
#include "features/audit/audit_sql.hpp"
#include "features/audit/checkpoint_log.hpp"
#include "features/audit/entry_store.hpp"
#include "features/audit/signed_note.hpp"
#include "features/audit/verify.hpp"

namespace millwright::audit {
namespace {

constexpr std::size_t word_bytes_max = 512;
constexpr std::size_t detail_bytes_max = 64u << 10;

/// NUL bytes and broken UTF-8 from outside must not keep an event out of the record.
std::string clean(std::string_view text) {
  std::string cleaned = to_valid_utf8(text);
  std::ranges::replace(cleaned, '\0', ' ');
  return std::string(utf8_prefix(cleaned, word_bytes_max));
}

Result<StoredEntry> to_stored(const Entry& entry, const Clock& clock) {
  if (entry.actor.empty() || entry.action.empty()) {
    return fail(ErrorCode::InvalidInput, "an audit entry needs an actor and an action");
  }
  std::string detail = to_valid_utf8(render_canonical_json(entry.detail));
  if (detail.size() > detail_bytes_max) {
    return fail(ErrorCode::TooLarge, "the detail of an audit entry is over 64 KiB");
  }
  const Timestamp time = entry.time == Timestamp{} ? clock.now() : entry.time;
  return StoredEntry{.sequence = 0, .time_us = to_micros(time), .actor = clean(entry.actor),
                     .action = clean(entry.action), .object = clean(entry.object), .detail = std::move(detail),
                     .leaf = {}};
}

class MerkleAudit final : public Audit {
 public:
  MerkleAudit(store::Database& database, store::Writer& writer, const Clock& clock, Options options, NoteSigner signer,
              std::int64_t appended, std::int64_t checkpointed)
      : database_(database),
        writer_(writer),
        clock_(clock),
        options_(std::move(options)),
        signer_(std::move(signer)),
        appended_(appended),
        checkpointed_(checkpointed),
        thread_([this] { serve(); }) {}

  ~MerkleAudit() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    auto last = checkpoint();
    if (!last) spdlog::warn("the last audit checkpoint was not written: {}", describe(last.error()));
  }

  [[nodiscard]] Result<void> append(store::Session& session, Entry entry) override {
    auto stored = to_stored(entry, clock_);
    if (!stored) return pass(stored);
    auto sequence = append_entry(session, std::move(*stored));
    if (!sequence) return pass(sequence);
    note_appended(*sequence);
    return {};
  }

  [[nodiscard]] Result<void> record(Entry entry) override {
    return writer_.run([this, entry = stamped(std::move(entry))](store::Session& session) {
      return append(session, entry);
    });
  }

  [[nodiscard]] io::Task<Result<void>> commit(Entry entry) override {
    store::Writer::Job job = [this, entry = stamped(std::move(entry))](store::Session& session) {
      return append(session, entry);
    };
    auto result = co_await writer_.commit(std::move(job));
    co_return result;
  }

  [[nodiscard]] Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) override {
    return list_entries(database_, filter, cursor, limit);
  }

  [[nodiscard]] Result<Checkpoint> checkpoint() override {
    const std::lock_guard one_at_a_time(checkpoint_mutex_);
    Checkpoint made;
    bool is_new = false;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto tree = load_tree(session);
      if (!tree) return pass(tree);
      auto last = last_note(session);
      if (!last) return pass(last);
      is_new = tree->size() > last->first;
      made = is_new ? signer_.sign(tree->size(), tree->root()) : Checkpoint{last->first, tree->root(), last->second};
      return {};
    });
    if (!read) return pass(read);
    if (!is_new) return made;
    auto stored = writer_.run([&made](store::Session& session) { return insert_checkpoint(session, made); });
    if (!stored) return pass(stored);
    auto logged = append_to_log(options_.data_directory / "audit-checkpoints.log", made, clock_.now());
    if (!logged) return pass(logged);
    checkpointed_.store(made.size, std::memory_order_relaxed);
    return made;
  }

  [[nodiscard]] Result<Verification> verify() override {
    auto notes = read_log(options_.data_directory / "audit-checkpoints.log");
    if (!notes) {
      if (notes.error().code != ErrorCode::Corrupt) return pass(notes);
      Verification broken;
      broken.finding = notes.error().message;
      return broken;
    }
    Result<Verification> verification;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      verification = verify_log(session, *notes, signer_.public_key());
      return {};
    });
    if (!read) return pass(read);
    return verification;
  }

  [[nodiscard]] Result<void> export_lines(const std::function<Result<void>(std::string_view)>& sink) override {
    return database_.read([&](store::Session& session) {
      return session.transaction([&]() -> Result<void> {
        auto entries = visit_entries(session, [&](const StoredEntry& entry) -> Result<void> {
          return sink(fmt::format(R"({{"entry":{},"leaf":"{}"}})", leaf_data(entry), entry.leaf));
        });
        if (!entries) return entries;
        auto notes = load_notes(session);
        if (!notes) return pass(notes);
        for (const std::string& note : *notes) {
          auto sent = sink(render_canonical_json(json::object{{"checkpoint", note}}));
          if (!sent) return sent;
        }
        return sink(render_canonical_json(json::object{{"public_key", signer_.public_key()}}));
      });
    });
  }

  [[nodiscard]] const std::string& public_key() const override { return signer_.public_key(); }

 private:
  /// The time of the event, not of the commit that may run twice.
  [[nodiscard]] Entry stamped(Entry entry) const {
    if (entry.time == Timestamp{}) entry.time = clock_.now();
    return entry;
  }

  /// Runs before the commit: a rolled back entry only wakes the thread for nothing.
  void note_appended(std::int64_t sequence) {
    appended_.store(sequence, std::memory_order_relaxed);
    if (sequence - checkpointed_.load(std::memory_order_relaxed) < options_.checkpoint_every) return;
    {
      const std::lock_guard lock(mutex_);
      if (is_due_) return;
      is_due_ = true;
    }
    wake_.notify_one();
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
      wake_.wait_for(lock, options_.checkpoint_interval, [this] { return is_stopping_ || is_due_; });
      if (is_stopping_) return;
      is_due_ = false;
      if (appended_.load(std::memory_order_relaxed) <= checkpointed_.load(std::memory_order_relaxed)) continue;
      lock.unlock();
      // Waits behind the entry that woke it.
      auto flushed = writer_.flush();
      auto made = flushed ? checkpoint() : std::unexpected(flushed.error());
      if (!made) spdlog::warn("an audit checkpoint was not written: {}", describe(made.error()));
      lock.lock();
    }
  }

  store::Database& database_;
  store::Writer& writer_;
  const Clock& clock_;
  const Options options_;
  const NoteSigner signer_;
  std::atomic<std::int64_t> appended_;
  std::atomic<std::int64_t> checkpointed_;
  std::mutex checkpoint_mutex_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_due_ = false;
  bool is_stopping_ = false;
  std::thread thread_;   // last: it uses all of the above
};

}  // namespace

Result<std::unique_ptr<Audit>> Audit::open(store::Database& database, store::Writer& writer, const store::Vault& vault,
                                           const Clock& clock, Options options) {
  auto signer = NoteSigner::open(options.data_directory, vault);
  if (!signer) return pass(signer);
  std::int64_t appended = 0, checkpointed = 0;
  auto read = database.read([&](store::Session& session) -> Result<void> {
    auto last = last_note(session);
    if (!last) return pass(last);
    auto tree = load_tree(session);
    if (!tree) return pass(tree);
    appended = tree->size();
    checkpointed = last->first;
    return {};
  });
  if (!read) return pass(read);
  return std::make_unique<MerkleAudit>(database, writer, clock, std::move(options), std::move(*signer), appended,
                                       checkpointed);
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::audit
