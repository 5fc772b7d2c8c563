#include "features/curation/curation.hpp"

#include <charconv>
#include <map>
#include <set>

#include "base/text.hpp"
#include "features/approval/approval.hpp"
#include "features/audit/audit.hpp"
#include "features/curation/change_log.hpp"
#include "features/curation/classify.hpp"
#include "features/curation/copies.hpp"
#include "features/curation/curation_sql.hpp"
#include "features/curation/dataset_store.hpp"
#include "features/curation/selection.hpp"
#include "features/registry/registry.hpp"
#include "store/writer.hpp"

namespace millwright::curation {

namespace {

using ingestion::Document;
using ingestion::Verdict;

constexpr std::string_view request_kind = "dataset.approve";
constexpr std::size_t page_size = 1'000;

std::string object_name(std::string_view dataset, std::int64_t version) {
  return fmt::format("dataset/{}@{}", dataset, version);
}

/// "dataset/it-kb@3"
std::optional<std::pair<std::string, std::int64_t>> parse_object(std::string_view object) {
  const std::size_t at = object.rfind('@');
  if (!object.starts_with("dataset/") || at == std::string_view::npos) return std::nullopt;
  std::int64_t version = 0;
  const std::string_view digits = object.substr(at + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pair(std::string(object.substr(8, at - 8)), version);
}

class CurationService final : public Curation {
 public:
  explicit CurationService(CurationDependencies dependencies)
      : dependencies_(std::move(dependencies)),
        copies_(dependencies_.database, dependencies_.ingestion,
                [this](const std::string& winner, const std::string& loser) { return may_replace(winner, loser); }) {
    dependencies_.inbox.on_decision(std::string(request_kind),
                                    [this](store::Session& session, const approval::Request& request) {
                                      return apply_decision(session, request);
                                    });
  }

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
    return decide(dataset, version, actor, reason, DatasetState::Approved);
  }
  [[nodiscard]] Result<DatasetVersion> reject(std::string_view dataset, std::int64_t version, std::string_view actor,
                                              std::string_view reason) override {
    if (trimmed(reason).empty()) return fail(ErrorCode::InvalidInput, "rejecting needs a reason");
    return decide(dataset, version, actor, reason, DatasetState::Rejected);
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
  Result<void> supersede(const StoredVersion& old, std::int64_t by);
  Result<void> ask(const DatasetConfig& dataset, const StoredVersion& stored);
  Result<void> apply_decision(store::Session& session, const approval::Request& request);
  Result<DatasetVersion> decide(std::string_view dataset, std::int64_t version, std::string_view actor,
                                std::string_view reason, DatasetState state);

  CurationDependencies dependencies_;
  mutable std::mutex mutex_;
  std::mutex snapshot_mutex_;   // one version is made at a time
  std::vector<DatasetConfig> datasets_;
  Copies copies_;
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
  std::vector<NamedMember> before;
  for (const StoredVersion& old : *stored) {
    if (&old != &stored->front() && old.version.state != DatasetState::Approved) continue;
    auto listed = named_members(old.version.digest);
    if (!listed) return pass(listed);
    if (&old == &stored->front() && render_members(name, *listed) == bytes) return old.version;
    before = std::move(*listed);
    if (old.version.state == DatasetState::Approved) break;
    before.clear();
  }
  const Changes changes = compare_members(before, *members);
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
  audit::Entry entry{.actor = made.created_by, .action = "dataset.snapshot", .object = object_name(name, version.version),
                     .detail = {{"digest", version.digest.text()}, {"documents", version.documents},
                                {"added", version.added}, {"changed", version.changed}, {"removed", version.removed}}};
  auto written = dependencies_.writer.run([&](store::Session& session) -> Result<void> {
    if (auto inserted = insert_version(session, made); !inserted) return inserted;
    return dependencies_.audit.append(session, entry);
  });
  if (!written) return pass(written);
  if (!stored->empty() && stored->front().version.state == DatasetState::Pending) {
    if (auto done = supersede(stored->front(), version.version); !done) return pass(done);
  }
  if (version.state == DatasetState::Pending) {
    if (auto asked = ask(*dataset, made); !asked) return pass(asked);
  }
  return version;
}

/// A pending version that a newer one replaces can no longer be decided.
Result<void> CurationService::supersede(const StoredVersion& old, std::int64_t by) {
  if (const auto id = Id::parse(old.request)) {
    auto withdrawn = dependencies_.inbox.withdraw(*id, {.name = old.created_by, .role = identity::Role::Approver});
    if (!withdrawn && withdrawn.error().code != ErrorCode::Conflict && withdrawn.error().code != ErrorCode::NotFound) {
      return pass(withdrawn);
    }
  }
  const Decision decision{old.version.dataset, old.version.version, DatasetState::Rejected,
                          fmt::format("superseded by version {}", by), "superseded", dependencies_.clock.now()};
  return dependencies_.writer.run([&](store::Session& session) { return decide_version(session, decision); });
}

Result<void> CurationService::ask(const DatasetConfig& dataset, const StoredVersion& stored) {
  const DatasetVersion& version = stored.version;
  auto id = dependencies_.inbox.open(
      {.kind = std::string(request_kind), .object = object_name(version.dataset, version.version),
       .title = fmt::format("Approve version {} of dataset {} ({} documents: {} added, {} changed, {} removed)",
                            version.version, version.dataset, version.documents, version.added, version.changed,
                            version.removed),
       .plan = {{"owner", dataset.owner}, {"digest", version.digest.text()},
                {"change_log", utf8_prefix(version.change_log, 64 * 1024)}},
       .requested_by = stored.created_by, .eyes = approval::Eyes::Two});
  if (!id) return pass(id);
  return dependencies_.writer.run(
      [&](store::Session& session) { return set_request(session, version, id->text()); });
}

/// Runs inside the transaction of the inbox.
Result<void> CurationService::apply_decision(store::Session& session, const approval::Request& request) {
  const auto object = parse_object(request.object);
  if (!object) return fail(ErrorCode::InvalidInput, "\"{}\" names no dataset version", request.object);
  const bool is_approved = request.state == approval::State::Approved;
  const Decision decision{object->first, object->second, is_approved ? DatasetState::Approved : DatasetState::Rejected,
                          request.decided_by, request.reason, request.decided_at.value_or(dependencies_.clock.now())};
  if (auto decided = decide_version(session, decision); !decided) return decided;
  return dependencies_.audit.append(
      session, {.actor = request.decided_by, .action = is_approved ? "dataset.approve" : "dataset.reject",
                .object = request.object, .detail = {{"reason", request.reason}, {"request", request.id.text()}}});
}

Result<DatasetVersion> CurationService::decide(std::string_view dataset, std::int64_t version, std::string_view actor,
                                               std::string_view reason, DatasetState state) {
  auto all = list_versions(dependencies_.database, dataset);
  if (!all) return pass(all);
  const auto found = std::ranges::find_if(*all, [&](const auto& stored) { return stored.version.version == version; });
  if (found == all->end()) return fail(ErrorCode::NotFound, "no version {} of dataset {}", version, dataset);
  if (found->version.state == state) return found->version;
  if (found != all->begin()) {
    return fail(ErrorCode::Conflict, "version {} of dataset {} is {}; the newest is {}", version, dataset,
                state_name(found->version.state), all->front().version.version);
  }
  const auto request_id = Id::parse(found->request);
  bool is_asked = false;
  if (request_id) {
    auto request = dependencies_.inbox.load(*request_id);
    is_asked = request && request->is_open();
  }
  if (is_asked) {
    const auto verdict = state == DatasetState::Approved ? approval::Verdict::Approve : approval::Verdict::Reject;
    auto decided = dependencies_.inbox.decide(*request_id, verdict,
                                              {.name = std::string(actor), .role = identity::Role::Admin}, reason);
    if (!decided) return pass(decided);
  } else {
    const Decision decision{std::string(dataset), version, state, std::string(actor), std::string(reason),
                            dependencies_.clock.now()};
    audit::Entry entry{.actor = std::string(actor),
                       .action = state == DatasetState::Approved ? "dataset.approve" : "dataset.reject",
                       .object = object_name(dataset, version), .detail = {{"reason", reason}}};
    auto written = dependencies_.writer.run([&](store::Session& session) -> Result<void> {
      if (auto decided = decide_version(session, decision); !decided) return decided;
      return dependencies_.audit.append(session, entry);
    });
    if (!written) return pass(written);
  }
  auto now = load_version(dependencies_.database, dataset, version);
  if (!now) return pass(now);
  return std::move(now->version);
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
