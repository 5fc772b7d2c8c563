// What the semantic cache did and would have done, kept over restarts: counts by day, and samples of two questions with
// whether their answers said the same.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/id.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::gateway {

struct SemanticCounts {
  std::int64_t asked = 0;  // calls that no equal request had answered
  std::int64_t served = 0;
  std::int64_t embeddings = 0, embeddings_failed = 0;
  Money saved;           // by what was served
  Money embedding_cost;  // of all embeddings, those of misses too
};

/// What was asked and answered, for people who judge; each cut at `text_bytes_max`.
struct SemanticTexts {
  std::string question, answer, original_question, original_answer;
};

/// Two questions of which the second was asked although the first's answer might have been given.
struct SemanticSample {
  Id trace, original;  // of the two calls
  std::string use_case;
  std::string space;  // "words", or the embedding model
  Timestamp time;
  double likeness = 0;     // of the questions
  std::string difference;  // what forbade sharing; empty: allowed
  bool would_serve = false;
  bool says_same = false;  // the two answers, as far as words tell
  double answer_likeness = 0;
  Money cost;                 // of the second call: what sharing would have saved
  std::optional<bool> label;  // what a person said: one answer serves both, or not
  std::string labelled_by;
  [[nodiscard]] bool is_right() const { return label.value_or(says_same); }
};

struct SemanticTotals {
  std::string use_case, space;
  SemanticCounts counts;
  Timestamp since;  // the first day that has counts
};

/// Empty: any use case.
struct SemanticWindow {
  std::string use_case;
  Timestamp from, to;
};

struct SemanticStoreParts {
  store::Database* database = nullptr;
  store::Writer* writer = nullptr;
  const store::Vault* vault = nullptr;
};

/// Thread-safe. `count` and `record` never block; the others do. The parts outlive it.
class SemanticStore {
 public:
  static constexpr std::size_t text_bytes_max = 4u << 10;
  static constexpr std::int64_t samples_max = 20'000;  // of a use case; the oldest go first
  static constexpr std::size_t keys_max = 4'096;       // counts that wait for `flush`; beyond it they are lost

  explicit SemanticStore(SemanticStoreParts parts) : parts_(parts) {}
  ~SemanticStore();  // writes what is counted
  SemanticStore(const SemanticStore&) = delete;
  SemanticStore& operator=(const SemanticStore&) = delete;

  void count(const std::string& use_case, const std::string& space, const SemanticCounts& more, Timestamp time);
  /// Counts a lost sample as such: the writer may be too busy.
  void record(SemanticSample sample, const std::optional<SemanticTexts>& texts);
  /// What was counted since the last time; what a crash may lose.
  [[nodiscard]] Result<void> flush();

  [[nodiscard]] Result<std::vector<SemanticTotals>> totals(const SemanticWindow& window);
  /// Newest first, at most `limit`.
  [[nodiscard]] Result<std::vector<SemanticSample>> samples(const SemanticWindow& window, std::size_t limit) const;
  /// NotFound. Texts only where they were kept.
  [[nodiscard]] Result<std::pair<SemanticSample, std::optional<SemanticTexts>>> load(Id trace) const;
  /// Nothing takes a label away. NotFound.
  [[nodiscard]] Result<void> label(Id trace, std::optional<bool> label, std::string by);
  /// Samples and counts before `time`, and samples beyond samples_max. Gives how many samples went.
  [[nodiscard]] Result<std::int64_t> drop_before(Timestamp time);

 private:
  using Key = std::tuple<std::string, std::string, std::int64_t>;  // use case, space, day
  SemanticStoreParts parts_;
  std::mutex mutex_;
  std::map<Key, SemanticCounts> waiting_;
};

}  // namespace millwright::gateway
