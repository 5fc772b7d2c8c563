#include "features/curation/curation.hpp"

#include <map>
#include <set>

#include "base/text.hpp"
#include "features/audit/audit.hpp"
#include "features/curation/change_log.hpp"
#include "features/curation/classify.hpp"
#include "features/curation/copies.hpp"
#include "features/curation/curation_sql.hpp"
#include "features/curation/dataset_store.hpp"
#include "features/curation/decisions.hpp"
#include "features/curation/selection.hpp"
#include "features/registry/registry.hpp"
#include "store/writer.hpp"

namespace millwright::curation {

namespace {

using ingestion::Document;
using ingestion::Verdict;

constexpr std::size_t page_size = 1'000;

class CurationService final : public Curation {
 public:
  explicit CurationService(CurationDependencies dependencies)
      : dependencies_(std::move(dependencies)),
        copies_(dependencies_.database, dependencies_.ingestion,
                [this](const std::string& winner, const std::string& loser) { return may_replace(winner, loser); }),
        decisions_(dependencies_) {}

  void replace_datasets(std::vector<DatasetConfig> datasets) override {
    const std::scoped_lock lock(mutex_);
    datasets_ = std::move(datasets);
  }
  [[nodiscard]] std::vector<DatasetConfig> datasets() const override {
    const std::scoped_lock lock(mutex_);
    return datasets_;
  }

  [[nodiscard]] ingestion::CurationHooks curate_hook() override {
    return {.curate = [this](Document& document, const ingestion::ParsedDocument& parsed) { return curate(document, parsed); },
            .version = [this](std::string_view source) { return rules_name(source); },
            .forget = [this](store::Session& session, Id document) {
              copies_.forget(document);
              return delete_signature(session, document);
            }};
  }

  [[nodiscard]] Result<DatasetVersion> snapshot(std::string_view dataset, std::string_view actor) override;
  [[nodiscard]] Result<DatasetVersion> approve(std::string_view dataset, std::int64_t version, std::string_view actor,
                                               std::string_view reason) override {
    return decisions_.decide(dataset, version, actor, reason, DatasetState::Approved);
  }
  [[nodiscard]] Result<DatasetVersion> reject(std::string_view dataset, std::int64_t version, std::string_view actor,
                                              std::string_view reason) override {
    if (trimmed(reason).empty()) return fail(ErrorCode::InvalidInput, "rejecting needs a reason");
    return decisions_.decide(dataset, version, actor, reason, DatasetState::Rejected);
  }

  [[nodiscard]] Result<std::vector<DatasetVersion>> versions(std::string_view dataset) const override {
    auto stored = list_versions(dependencies_.database, dataset);
    if (!stored) return pass(stored);
    std::vector<DatasetVersion> out;
    for (StoredVersion& entry : *stored) out.push_back(std::move(entry.version));
    return out;
  }

  [[nodiscard]] Result<DatasetVersion> newest_approved(std::string_view dataset) const override {
    auto all = versions(dataset);
    if (!all) return pass(all);
    for (DatasetVersion& version : *all) {
      if (version.state == DatasetState::Approved) return std::move(version);
    }
    auto missing = fail(ErrorCode::NotFound, "no version of dataset \"{}\" has been approved", dataset);
    missing.error().fix = fmt::format("approve one: millwright dataset approve {}", dataset);
    return missing;
  }

  [[nodiscard]] Result<std::vector<Member>> members(const Digest& dataset_version) const override {
    auto named = named_members(dataset_version);
    if (!named) return pass(named);
    std::vector<Member> out;
    for (const NamedMember& entry : *named) out.push_back(entry.member);
    return out;
  }

  [[nodiscard]] Result<std::int64_t> enforce_retention(std::string_view actor) override;

 private:
  [[nodiscard]] Result<DatasetConfig> find_dataset(std::string_view name) const;
  [[nodiscard]] Result<ingestion::CurationOutcome> curate(Document& document, const ingestion::ParsedDocument& parsed);
  [[nodiscard]] std::string rules_name(std::string_view source) const;
  [[nodiscard]] bool may_replace(const std::string& winner, const std::string& loser) const;
  [[nodiscard]] Result<std::vector<NamedMember>> select(const DatasetConfig& dataset) const;
  [[nodiscard]] Result<std::vector<NamedMember>> named_members(const Digest& digest) const;
  /// What a new version is compared with.
  struct Before {
    std::vector<NamedMember> newest, approved;
  };
  [[nodiscard]] Result<Before> members_before(const std::vector<StoredVersion>& stored) const;
  Result<void> publish(const DatasetConfig& dataset, const StoredVersion& made, const std::vector<StoredVersion>& stored);

  CurationDependencies dependencies_;
  mutable std::mutex mutex_;
  std::mutex snapshot_mutex_;   // one version is made at a time
  std::vector<DatasetConfig> datasets_;
  Copies copies_;
  Decisions decisions_;
};

Result<ingestion::CurationOutcome> CurationService::curate(Document& document, const ingestion::ParsedDocument& parsed) {
  const auto guard = dependencies_.guard ? dependencies_.guard() : nullptr;
  // Without detectors nothing may pass as clean.
  if (!guard) return fail(ErrorCode::Unavailable, "no detectors are loaded: documents cannot be classified");
  classify(document, parsed, *guard);
  auto outcome = copies_.judge(document, parsed);
  if (!outcome || document.verdict != Verdict::Indexed) return outcome;
  const auto sources = dependencies_.ingestion.sources();
  const auto source = std::ranges::find(sources, document.source, &ingestion::SourceConfig::name);
  const Duration limit = source == sources.end() ? Duration(0) : source->stale_after;
  if (limit == Duration(0) || document.modified + limit >= dependencies_.clock.now()) return outcome;
  document.verdict = Verdict::Stale;
  document.reason = fmt::format("stale_after: last changed {}, the source allows {}",
                                render_time(document.modified).substr(0, 10), render_duration(limit));
  // What is too old stands for no other copy.
  copies_.forget(document.id);
  return ingestion::CurationOutcome{
      {}, [id = document.id](store::Session& session) { return delete_signature(session, id); }};
}

std::string CurationService::rules_name(std::string_view source) const {
  const auto guard = dependencies_.guard ? dependencies_.guard() : nullptr;
  std::string name = guard ? guard->digest().short_text() : std::string("none");
  const std::scoped_lock lock(mutex_);
  for (const DatasetConfig& dataset : datasets_) {
    if (std::ranges::find(dataset.sources, source) != dataset.sources.end()) {
      name += "|" + dataset.name + ":" + join(dataset.sources, ",");
    }
  }
  return name;
}

bool CurationService::may_replace(const std::string& winner, const std::string& loser) const {
  if (winner == loser) return true;
  const std::scoped_lock lock(mutex_);
  bool is_used = false;
  for (const DatasetConfig& dataset : datasets_) {
    const auto holds = [&](const std::string& source) {
      return std::ranges::find(dataset.sources, source) != dataset.sources.end();
    };
    if (!holds(loser)) continue;
    is_used = true;
    if (!holds(winner)) return false;
  }
  return is_used;
}

Result<DatasetConfig> CurationService::find_dataset(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string_view> names;
  for (const DatasetConfig& dataset : datasets_) {
    if (dataset.name == name) return dataset;
    names.push_back(dataset.name);
  }
  auto missing = fail(ErrorCode::NotFound, "no dataset is called \"{}\"", name);
  if (const auto near = nearest_name(name, names)) missing.error().fix = "did you mean \"" + *near + "\"?";
  return missing;
}

Result<std::vector<NamedMember>> CurationService::select(const DatasetConfig& dataset) const {
  std::vector<NamedMember> members;
  for (const std::string& source : std::set<std::string>(dataset.sources.begin(), dataset.sources.end())) {
    std::string cursor;
    do {
      std::string next;
      auto page = dependencies_.ingestion.list({.source = source, .verdict = "indexed", .cursor = cursor, .limit = page_size}, next);
      if (!page) return pass(page);
      for (const Document& document : *page) {
        if (!is_selected(dataset, document)) continue;
        members.push_back({{document.id, document.version, document.parsed}, document.source + "/" + document.path});
      }
      cursor = next;
    } while (!cursor.empty());
  }
  std::ranges::sort(members, {}, [](const NamedMember& named) { return named.member.document; });
  return members;
}

Result<std::vector<NamedMember>> CurationService::named_members(const Digest& digest) const {
  auto bytes = dependencies_.registry.load_bytes(digest);
  if (!bytes) return pass(bytes);
  return parse_members(*bytes);
}

Result<DatasetVersion> CurationService::snapshot(std::string_view name, std::string_view actor) {
  const std::scoped_lock lock(snapshot_mutex_);
  auto dataset = find_dataset(name);
  if (!dataset) return pass(dataset);
  auto members = select(*dataset);
  if (!members) return pass(members);
  if (members->empty()) {
    auto empty = fail(ErrorCode::Conflict, "dataset \"{}\" selects no document", name);
    empty.error().fix = "sync its sources, and look at the intake report and the include and exclude rules";
    return empty;
  }
  auto stored = list_versions(dependencies_.database, name);
  if (!stored) return pass(stored);
  const std::string bytes = render_members(name, *members);
  auto before = members_before(*stored);
  if (!before) return pass(before);
  if (!stored->empty() && render_members(name, before->newest) == bytes) return stored->front().version;
  const Changes changes = compare_members(before->approved, *members);
  auto artifact = dependencies_.registry.put(
      {.kind = registry::Kind::Dataset, .name = std::string(name), .bytes = bytes,
       .metadata = {{"documents", static_cast<std::int64_t>(members->size())}, {"owner", dataset->owner}},
       .created_by = std::string(actor)});
  if (!artifact) return pass(artifact);
  StoredVersion made;
  made.created_by = actor;
  DatasetVersion& version = made.version;
  version.dataset = name;
  version.version = stored->empty() ? 1 : stored->front().version.version + 1;
  version.digest = artifact->digest;
  version.created = dependencies_.clock.now();
  version.documents = static_cast<std::int64_t>(members->size());
  version.added = changes.added;
  version.changed = changes.changed;
  version.removed = changes.removed;
  version.change_log = changes.text;
  if (!dataset->needs_approval) {
    version.state = DatasetState::Approved;
    version.decided = version.created;
    version.decided_by = "configuration";
  }
  if (auto published = publish(*dataset, made, *stored); !published) return pass(published);
  return made.version;
}

Result<CurationService::Before> CurationService::members_before(const std::vector<StoredVersion>& stored) const {
  Before before;
  if (stored.empty()) return before;
  auto newest = named_members(stored.front().version.digest);
  if (!newest) return pass(newest);
  before.newest = std::move(*newest);
  for (const StoredVersion& old : stored) {
    if (old.version.state != DatasetState::Approved) continue;
    auto approved = named_members(old.version.digest);
    if (!approved) return pass(approved);
    before.approved = std::move(*approved);
    break;
  }
  return before;
}

/// Records the version, withdraws the one it replaces, and asks where a person must approve.
Result<void> CurationService::publish(const DatasetConfig& dataset, const StoredVersion& made,
                                      const std::vector<StoredVersion>& stored) {
  const DatasetVersion& version = made.version;
  audit::Entry entry{.actor = made.created_by, .action = "dataset.snapshot", .object = version_object(version.dataset, version.version),
                     .detail = {{"digest", version.digest.text()}, {"documents", version.documents},
                                {"added", version.added}, {"changed", version.changed}, {"removed", version.removed}}};
  auto written = dependencies_.writer.run([&](store::Session& session) -> Result<void> {
    if (auto inserted = insert_version(session, made); !inserted) return inserted;
    return dependencies_.audit.append(session, entry);
  });
  if (!written) return pass(written);
  if (!stored.empty() && stored.front().version.state == DatasetState::Pending) {
    if (auto done = decisions_.supersede(stored.front(), version.version); !done) return done;
  }
  if (version.state == DatasetState::Pending) {
    return decisions_.ask(dataset, made);
  }
  return {};
}

Result<std::int64_t> CurationService::enforce_retention(std::string_view actor) {
  // A source in several datasets is kept as long as the one that keeps longest; "for good" wins.
  std::map<std::string, std::optional<Duration>> longest;
  for (const DatasetConfig& dataset : datasets()) {
    for (const std::string& source : dataset.sources) {
      auto [entry, is_new] = longest.try_emplace(source, dataset.retention);
      if (dataset.retention == Duration(0)) entry->second = Duration(0);
      else if (!is_new && *entry->second != Duration(0)) entry->second = std::max(*entry->second, dataset.retention);
    }
  }
  std::int64_t dropped = 0;
  for (const auto& [source, retention] : longest) {
    if (*retention == Duration(0)) continue;
    auto count = dependencies_.ingestion.drop_old_versions(source, dependencies_.clock.now() - *retention);
    if (!count) return pass(count);
    dropped += *count;
    if (*count == 0) continue;
    auto recorded = dependencies_.audit.record({.actor = std::string(actor), .action = "retention.enforce",
                                                .object = "source/" + source,
                                                .detail = {{"versions", *count}, {"retention", render_duration(*retention)}}});
    if (!recorded) return pass(recorded);
  }
  return dropped;
}

}  // namespace

std::unique_ptr<Curation> make_curation(CurationDependencies dependencies) {
  return std::make_unique<CurationService>(std::move(dependencies));
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::curation
