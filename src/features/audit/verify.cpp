#include "features/audit/verify.hpp"

#include <map>

#include "features/audit/signed_note.hpp"

namespace millwright::audit {
namespace {

/// Walks the entries in order and stops at the first that cannot be trusted.
class Verifier {
 public:
  explicit Verifier(std::string_view public_key) : public_key_(public_key) {}

  void add_note(const std::string& note, std::string_view where) {
    auto checkpoint = verify_note(note, public_key_);
    if (!checkpoint) {
      found(std::nullopt, fmt::format("{} in {} (it claims {} entries)", checkpoint.error().message, where,
                                      claimed_size(note)));
      return;
    }
    const auto [known, is_new] = checkpoints_.emplace(checkpoint->size, checkpoint->root);
    if (!is_new && known->second != checkpoint->root) {
      found(std::nullopt, fmt::format("two signed checkpoints disagree about the first {} entries", checkpoint->size));
    }
  }

  void visit(const StoredEntry& entry) {
    if (is_broken_) return;
    const std::int64_t expected = tree_.size() + 1;
    if (entry.sequence != expected) {
      found(expected, entry.sequence > expected
                          ? fmt::format("entry {} is missing; {} follows", expected, entry.sequence)
                          : fmt::format("entry {} stands where {} should", entry.sequence, expected));
      return;
    }
    const Digest leaf = leaf_hash(leaf_data(entry));
    if (leaf.text() != entry.leaf) {
      found(expected, fmt::format("entry {} was altered: its content no longer has its hash", expected));
      return;
    }
    tree_.append(leaf);
    compare_checkpoint();
  }

  [[nodiscard]] Verification finish(const MerkleTree& recorded) {
    result_.entries = tree_.size();
    if (!checkpoints_.empty() && checkpoints_.rbegin()->first > tree_.size()) {
      found(tree_.size() + 1, fmt::format("the log ends after {} entries, but a signed checkpoint covers {}",
                                          tree_.size(), checkpoints_.rbegin()->first));
    }
    if (recorded.size() > tree_.size()) {
      found(tree_.size() + 1, fmt::format("the log ends after {} entries, but {} were written", tree_.size(),
                                          recorded.size()));
    }
    if (recorded.size() < tree_.size()) {
      found(recorded.size() + 1, fmt::format("entry {} was not written by the audit log", recorded.size() + 1));
    }
    if (recorded.root() != tree_.root()) found(unsigned_part(), "the entries do not have the root recorded with them");
    result_.is_intact = !is_broken_;
    if (result_.is_intact) {
      result_.finding = fmt::format("{} entries are intact; {} of them are covered by a signed checkpoint",
                                    result_.entries, result_.covered);
    }
    return std::move(result_);
  }

 private:
  void compare_checkpoint() {
    const auto checkpoint = checkpoints_.find(tree_.size());
    if (checkpoint == checkpoints_.end()) return;
    ++result_.checkpoints;
    if (checkpoint->second == tree_.root()) {
      result_.covered = tree_.size();
      return;
    }
    found(result_.covered + 1, fmt::format("entries {} to {} were rewritten: they do not have the root that was signed",
                                           result_.covered + 1, tree_.size()));
  }

  /// The first entry that no good checkpoint covers.
  [[nodiscard]] std::optional<std::int64_t> unsigned_part() const {
    return result_.covered < tree_.size() ? std::optional(result_.covered + 1) : std::nullopt;
  }

  /// The first finding is the one reported.
  void found(std::optional<std::int64_t> sequence, std::string finding) {
    if (is_broken_) return;
    is_broken_ = true;
    result_.first_broken = sequence;
    result_.finding = std::move(finding);
  }

  std::string_view public_key_;
  std::map<std::int64_t, Digest> checkpoints_;   // by size
  MerkleTree tree_;
  Verification result_;
  bool is_broken_ = false;
};

}  // namespace

Result<Verification> verify_log(store::Session& session, const std::vector<std::string>& log_notes,
                                std::string_view public_key) {
  Verifier verifier(public_key);
  Result<Verification> verification;
  auto done = session.transaction([&]() -> Result<void> {
    auto notes = load_notes(session);
    if (!notes) return pass(notes);
    for (const std::string& note : *notes) verifier.add_note(note, "the database");
    for (const std::string& note : log_notes) verifier.add_note(note, "the checkpoint file");
    auto visited = visit_entries(session, [&](const StoredEntry& entry) -> Result<void> {
      verifier.visit(entry);
      return {};
    });
    if (!visited) return visited;
    auto recorded = load_tree(session);
    if (!recorded) return pass(recorded);
    verification = verifier.finish(*recorded);
    return {};
  });
  if (!done) return pass(done);
  return verification;
}

}  // namespace millwright::audit
