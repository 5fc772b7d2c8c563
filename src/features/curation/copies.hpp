// Which of several copies of a document stands for all: exact copies by their text, near-copies by shared shingles.
#pragma once

#include <deque>
#include <mutex>
#include <unordered_map>

#include "features/curation/signature_store.hpp"
#include "features/ingestion/ingestion.hpp"

namespace millwright::curation {

/// Thread-safe. Knows documents that are curated but not yet committed, so that copies within a batch find each other.
class Copies {
 public:
  /// True when the documents of `winner` stand in every dataset those of `loser` stand in.
  using MayReplace = std::function<bool(const std::string& winner, const std::string& loser)>;
  Copies(store::Database& database, const ingestion::Ingestion& ingestion, MayReplace may_replace);

  /// Makes `document` a duplicate or stale when another copy stands for it, or revises the copies it stands for. What
  /// is not indexed is no copy of anything.
  [[nodiscard]] Result<ingestion::CurationOutcome> judge(ingestion::Document& document,
                                                         const ingestion::ParsedDocument& parsed);

  /// Erased: it is a copy of nothing any longer.
  void forget(Id document);

 private:
  struct Waiting {
    ingestion::Document document;
    Signature signature;
    bool is_saved = false;
  };
  [[nodiscard]] Result<std::vector<ingestion::Document>> candidates(const std::vector<Id>& ids,
                                                                    const ingestion::Document& own) const;
  [[nodiscard]] Result<std::vector<ingestion::Document>> with_text(const ingestion::Document& own) const;
  [[nodiscard]] Result<std::vector<ingestion::Document>> in_bands(const ingestion::Document& own,
                                                                  const BandKeys& keys) const;
  [[nodiscard]] bool can_stand_for(const ingestion::Document& winner, const ingestion::Document& loser) const;
  Result<void> judge_exact(ingestion::Document& document, ingestion::CurationOutcome& outcome);
  Result<void> judge_near(ingestion::Document& document, const BandKeys& keys,
                          const std::vector<std::uint64_t>& shingles, ingestion::CurationOutcome& outcome);
  void supersede(const ingestion::Document& loser, const ingestion::Document& winner, ingestion::Verdict verdict,
                 std::string reason, ingestion::CurationOutcome& outcome);
  void remember(const ingestion::Document& document, const Signature& signature);
  void drop(Id document);
  void mark_saved(Id document);

  store::Database& database_;
  const ingestion::Ingestion& ingestion_;
  MayReplace may_replace_;
  mutable std::mutex mutex_;
  std::unordered_map<Id, Waiting> waiting_;
  std::unordered_multimap<Digest, Id> by_text_;
  std::unordered_multimap<std::int64_t, Id> by_band_;
  std::deque<Id> order_;
};

}  // namespace millwright::curation
