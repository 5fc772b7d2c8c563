#include "features/curation/copies.hpp"

#include <set>

namespace millwright::curation {

namespace {

using ingestion::Document;
using ingestion::Verdict;

constexpr std::size_t waiting_max = 4'096;   // more than a batch: what is older has been committed

/// The newer one; of two equally old the one that was there first.
bool is_preferred(const Document& a, const Document& b) {
  if (a.modified != b.modified) return a.modified > b.modified;
  return a.id < b.id;
}

std::string name_of(const Document& document) { return document.source + "/" + document.path; }

}  // namespace

Copies::Copies(store::Database& database, const ingestion::Ingestion& ingestion, MayReplace may_replace)
    : database_(database), ingestion_(ingestion), may_replace_(std::move(may_replace)) {}

Result<ingestion::CurationOutcome> Copies::judge(Document& document, const ingestion::ParsedDocument& parsed) {
  ingestion::CurationOutcome outcome;
  const std::scoped_lock lock(mutex_);
  if (document.verdict != Verdict::Indexed) {
    drop(document.id);
    outcome.save = [id = document.id](store::Session& session) { return delete_signature(session, id); };
    return outcome;
  }
  Signature signature{document.id, document.text, std::nullopt};
  const std::vector<std::uint64_t> shingles = shingles_of(parsed);
  if (!shingles.empty()) signature.keys = band_keys(shingles);
  if (auto judged = judge_exact(document, outcome); !judged) return pass(judged);
  if (document.verdict == Verdict::Indexed && signature.keys) {
    if (auto judged = judge_near(document, *signature.keys, shingles, outcome); !judged) return pass(judged);
  }
  remember(document, signature);
  outcome.save = [this, signature](store::Session& session) -> Result<void> {
    if (auto saved = save_signature(session, signature); !saved) return saved;
    mark_saved(signature.document);
    return {};
  };
  return outcome;
}

Result<void> Copies::judge_exact(Document& document, ingestion::CurationOutcome& outcome) {
  auto copies = with_text(document);
  if (!copies) return pass(copies);
  for (const Document& copy : *copies) {
    // Equal texts: what was there first goes on standing, unless only the other reaches all readers.
    const bool is_copy_first = copy.id < document.id;
    const bool copy_can = can_stand_for(copy, document);
    const bool document_can = can_stand_for(document, copy);
    if (copy_can && (is_copy_first || !document_can)) {
      document.verdict = Verdict::Duplicate;
      document.reason = "the same text as " + name_of(copy);
      document.superseded_by = copy.id.text();
      outcome.revisions.clear();
      return {};
    }
    if (document_can) supersede(copy, document, Verdict::Duplicate, "the same text as " + name_of(document), outcome);
  }
  return {};
}

Result<void> Copies::judge_near(Document& document, const BandKeys& keys,
                                const std::vector<std::uint64_t>& shingles, ingestion::CurationOutcome& outcome) {
  auto copies = in_bands(document, keys);
  if (!copies) return pass(copies);
  for (const Document& copy : *copies) {
    if (copy.text == document.text) continue;
    const auto parsed = ingestion_.load_parsed(copy);
    if (!parsed) continue;
    const Overlap overlap = overlap_of(shingles, shingles_of(*parsed));
    if (!is_near_copy(overlap)) continue;
    const int percent = static_cast<int>(std::max(overlap.resemblance, overlap.containment) * 100);
    const Document& winner = is_preferred(document, copy) ? document : copy;
    const Document& loser = &winner == &document ? copy : document;
    if (!can_stand_for(winner, loser)) continue;
    const bool is_older = loser.modified < winner.modified;
    const Verdict verdict = is_older ? Verdict::Stale : Verdict::Duplicate;
    const std::string reason = fmt::format("{} copy of {} ({} % the same){}", is_older ? "an older" : "a", name_of(winner),
                                           percent, is_older ? ", changed " + render_time(winner.modified).substr(0, 10) : "");
    if (&loser == &copy) {
      supersede(copy, document, verdict, reason, outcome);
      continue;
    }
    const std::string winner_id = copy.id.text();
    document.verdict = verdict;
    document.reason = reason;
    document.superseded_by = winner_id;
    outcome.revisions.clear();
    return {};
  }
  return {};
}

bool Copies::can_stand_for(const Document& winner, const Document& loser) const {
  const bool has_uses = std::ranges::all_of(loser.uses, [&](const std::string& use) {
    return std::ranges::find(winner.uses, use) != winner.uses.end();
  });
  return has_uses && winner.data_class <= loser.data_class && ingestion::covers(winner.acl, loser.acl) &&
         may_replace_(winner.source, loser.source);
}

void Copies::supersede(const Document& loser, const Document& winner, Verdict verdict, std::string reason,
                       ingestion::CurationOutcome& outcome) {
  if (const auto waiting = waiting_.find(loser.id); waiting != waiting_.end()) waiting->second.document.verdict = verdict;
  outcome.revisions.push_back({loser.id, verdict, std::move(reason), winner.id.text()});
}

Result<std::vector<Document>> Copies::with_text(const Document& own) const {
  auto ids = documents_with_text(database_, own.text);
  if (!ids) return pass(ids);
  const auto [first, last] = by_text_.equal_range(own.text);
  for (auto entry = first; entry != last; ++entry) ids->push_back(entry->second);
  return candidates(*ids, own);
}

Result<std::vector<Document>> Copies::in_bands(const Document& own, const BandKeys& keys) const {
  auto ids = documents_in_bands(database_, keys);
  if (!ids) return pass(ids);
  for (const std::int64_t key : keys) {
    const auto [first, last] = by_band_.equal_range(key);
    for (auto entry = first; entry != last; ++entry) ids->push_back(entry->second);
  }
  return candidates(*ids, own);
}

/// The indexed ones among them. A row may speak of a document that was never committed: there is none then.
Result<std::vector<Document>> Copies::candidates(const std::vector<Id>& ids, const Document& own) const {
  std::vector<Document> out;
  for (const Id& id : std::set<Id>(ids.begin(), ids.end())) {
    if (id == own.id) continue;
    Document document;
    const auto waiting = waiting_.find(id);
    if (waiting != waiting_.end() && !waiting->second.is_saved) {
      document = waiting->second.document;
    } else {
      auto loaded = ingestion_.load(id);
      if (!loaded && loaded.error().code == ErrorCode::NotFound && waiting != waiting_.end()) {
        document = waiting->second.document;   // saved, and about to be committed
      } else if (!loaded) {
        if (loaded.error().code == ErrorCode::NotFound) continue;
        return pass(loaded);
      } else {
        document = std::move(*loaded);
      }
    }
    // The same file under another id was curated by a sync that failed before its commit.
    const bool is_itself = document.source == own.source && document.path == own.path;
    if (document.verdict == Verdict::Indexed && !is_itself) out.push_back(std::move(document));
  }
  return out;
}

void Copies::remember(const Document& document, const Signature& signature) {
  drop(document.id);
  waiting_[document.id] = {document, signature, false};
  by_text_.emplace(signature.text, document.id);
  if (signature.keys) {
    for (const std::int64_t key : *signature.keys) by_band_.emplace(key, document.id);
  }
  order_.push_back(document.id);
  while (order_.size() > waiting_max) {
    // One that was dropped, or remembered anew since, leaves a name behind: the newer entry goes a little early.
    const Id oldest = order_.front();
    order_.pop_front();
    drop(oldest);
  }
}

void Copies::drop(Id document) {
  const auto found = waiting_.find(document);
  if (found == waiting_.end()) return;
  const auto erase_from = [&](auto& index, const auto& key) {
    const auto [first, last] = index.equal_range(key);
    for (auto entry = first; entry != last;) entry = entry->second == document ? index.erase(entry) : std::next(entry);
  };
  erase_from(by_text_, found->second.signature.text);
  if (found->second.signature.keys) {
    for (const std::int64_t key : *found->second.signature.keys) erase_from(by_band_, key);
  }
  waiting_.erase(found);
}

void Copies::forget(Id document) {
  const std::scoped_lock lock(mutex_);
  drop(document);
}

void Copies::mark_saved(Id document) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = waiting_.find(document); found != waiting_.end()) found->second.is_saved = true;
}

}  // namespace millwright::curation
