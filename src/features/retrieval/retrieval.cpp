#include "features/retrieval/retrieval.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "features/retrieval/index_build.hpp"
#include "features/retrieval/index_reader.hpp"
#include "features/retrieval/index_store.hpp"
#include "features/retrieval/retrieval_sql.hpp"

namespace millwright::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t open_versions_max = 16;
constexpr std::string_view builder = "system/index";
constexpr std::size_t kept_newest = 3;   // versions whose files stay for a quick way back

class LocalRetrieval final : public Retrieval {
 public:
  LocalRetrieval(RetrievalParts parts, Catalog catalog)
      : parts_(std::move(parts)),
        store_(*parts_.database, *parts_.writer, parts_.audit),
        catalog_(std::make_shared<const Catalog>(std::move(catalog))) {}

  void replace_indexes(std::vector<IndexConfig> indexes) override {
    indexes_.store(std::make_shared<const std::vector<IndexConfig>>(std::move(indexes)));
  }
  std::vector<IndexConfig> indexes() const override { return *indexes_.load(); }

  Result<IndexVersion> build(std::string_view index, const Progress& progress) override {
    const std::scoped_lock lock(building_);
    auto config = find_config(index);
    if (!config) return pass(config);
    auto dataset = parts_.curation->newest_approved(config->dataset);
    if (!dataset) return pass(dataset);
    auto documents = load_members(*parts_.ingestion, *parts_.curation, dataset->digest);
    if (!documents) return pass(documents);
    const Digest digest = index_digest(index, dataset->digest, config->chunk_words, *documents);
    StoredVersion made{.version = {.index = config->name, .digest = digest, .dataset_version = dataset->digest},
                       .words = config->chunk_words};
    const auto catalog = catalog_.load();
    const bool is_new = !catalog->versions.contains(digest);
    const bool goes_live = is_new || !catalog->live.contains(index);
    if (!is_new && is_on_disk(made.version)) return publish_existing(digest, goes_live);
    auto written = write(made, *documents, progress);
    if (!written) return pass(written);
    auto opened = open(made.version);   // the first search finds it open, and what cannot be read is not published
    if (!opened) return pass(opened);
    auto registered = enter_registry(made);
    if (!registered) return pass(registered);
    auto put = store_.put(made, goes_live, builder, made.version.built);
    if (!put) return pass(put);
    remember(made, goes_live);
    remove_old_files(config->name);
    return describe(*catalog_.load(), made.version);
  }

  Result<std::vector<IndexVersion>> versions(std::string_view index) const override {
    const auto catalog = catalog_.load();
    std::vector<IndexVersion> found;
    for (const auto& [digest, stored] : catalog->versions) {
      if (stored.version.index == index) found.push_back(describe(*catalog, stored.version));
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) { return a.built > b.built; });
    return found;
  }

  Result<IndexVersion> publish(std::string_view index, const Digest& version, std::string_view actor) override {
    const std::scoped_lock lock(building_);
    const auto catalog = catalog_.load();
    const auto found = catalog->versions.find(version);
    if (found == catalog->versions.end() || found->second.version.index != index) {
      return fail(ErrorCode::NotFound, "index \"{}\" has no version {}", index, version.short_text());
    }
    StoredVersion stored = found->second;
    if (!is_on_disk(stored.version)) {
      auto rebuilt = rebuild(stored);
      if (!rebuilt) return pass(rebuilt);
    }
    auto opened = open(stored.version);   // never point at what cannot be read
    if (!opened) return pass(opened);
    auto put = store_.put_live(stored.version.index, version, actor, parts_.clock->now());
    if (!put) return pass(put);
    remember(stored, true);
    return describe(*catalog_.load(), stored.version);
  }

  Digest live(std::string_view index) const override {
    const auto catalog = catalog_.load();
    const auto found = catalog->live.find(index);
    return found == catalog->live.end() ? Digest{} : found->second;
  }

  Result<SearchResult> search(const Digest& version, const SearchRequest& request) override {
    const auto catalog = catalog_.load();
    const auto found = catalog->versions.find(version);
    if (found == catalog->versions.end()) {
      return fail(ErrorCode::NotFound, "there is no index version {}", version.is_none() ? "yet" : version.short_text());
    }
    auto reader = open(found->second.version);
    if (!reader) return pass(reader);
    CurrentAccess access(*parts_.ingestion, request);
    return (*reader)->search(request, access);
  }

 private:
  Result<IndexConfig> find_config(std::string_view index) const {
    const auto configs = indexes_.load();
    const auto found = std::ranges::find(*configs, index, &IndexConfig::name);
    if (found == configs->end()) return fail(ErrorCode::NotFound, "no index named \"{}\" is configured", index);
    return *found;
  }
  fs::path directory_of(const IndexVersion& version) const {
    return version_directory(parts_.directory, version.index, version.digest);
  }
  bool is_on_disk(const IndexVersion& version) const { return is_index_directory(directory_of(version)); }

  IndexVersion describe(const Catalog& catalog, IndexVersion version) const {
    const auto live = catalog.live.find(version.index);
    version.is_live = live != catalog.live.end() && live->second == version.digest;
    version.is_on_disk = is_on_disk(version);
    return version;
  }

  /// The version was built before: nothing to write, and at most the first pointer to set.
  Result<IndexVersion> publish_existing(const Digest& digest, bool goes_live) {
    const StoredVersion stored = catalog_.load()->versions.at(digest);
    if (goes_live) {
      auto put = store_.put_live(stored.version.index, digest, builder, parts_.clock->now());
      if (!put) return pass(put);
      remember(stored, true);
    }
    return describe(*catalog_.load(), stored.version);
  }

  Result<void> write(StoredVersion& made, std::span<const ingestion::Document> documents, const Progress& progress) {
    forget_reader(made.version.digest);
    auto size = write_index(*parts_.ingestion, documents, made.words, directory_of(made.version), progress);
    if (!size) return pass(size);
    made.version.built = parts_.clock->now();
    made.version.documents = size->documents;
    made.version.chunks = size->chunks;
    made.version.bytes = size->bytes;
    return {};
  }

  /// Disk space is bounded; a version whose files are gone is built again when somebody publishes it.
  void remove_old_files(const std::string& index) {
    const auto all = versions(index);
    for (std::size_t i = kept_newest; all && i < all->size(); ++i) {
      const IndexVersion& version = (*all)[i];
      if (version.is_live || !version.is_on_disk) continue;
      forget_reader(version.digest);
      std::error_code ignored;   // what stays behind is tried again after the next build
      fs::remove_all(directory_of(version), ignored);
    }
  }

  /// The index as an artifact made from its dataset version, so that lineage leads from an answer to its documents.
  Result<void> enter_registry(StoredVersion& made) {
    if (parts_.registry == nullptr) return {};
    const IndexVersion& version = made.version;
    const std::string bytes = json::serialize(json::object{{"index", version.index},
                                                           {"version", version.digest.text()},
                                                           {"dataset_version", version.dataset_version.text()},
                                                           {"words", made.words}});
    std::vector<Digest> parents;
    if (parts_.registry->load(version.dataset_version)) parents.push_back(version.dataset_version);
    auto artifact = parts_.registry->put({.kind = registry::Kind::Index, .name = version.index, .bytes = bytes,
                                          .parents = std::move(parents), .created_by = std::string(builder)});
    if (!artifact) return pass(artifact);
    made.version.artifact = artifact->digest;
    return {};
  }

  /// The files are gone, the dataset version is not.
  Result<void> rebuild(StoredVersion& stored) {
    auto documents = load_members(*parts_.ingestion, *parts_.curation, stored.version.dataset_version);
    if (!documents) return pass(documents);
    auto written = write(stored, *documents, {});
    if (!written) return pass(written);
    return store_.put(stored, false, builder, stored.version.built);
  }

  void remember(const StoredVersion& stored, bool goes_live) {
    Catalog next = *catalog_.load();
    next.versions[stored.version.digest] = stored;
    if (goes_live) next.live[stored.version.index] = stored.version.digest;
    catalog_.store(std::make_shared<const Catalog>(std::move(next)));
  }

  std::shared_ptr<IndexReader> find_reader(const Digest& version) {
    const std::scoped_lock lock(readers_mutex_);
    const auto found = readers_.find(version);
    return found == readers_.end() ? nullptr : found->second;
  }
  /// Opening reads a table of all chunks: one at a time, and what is open serves meanwhile.
  Result<std::shared_ptr<IndexReader>> open(const IndexVersion& version) {
    if (auto reader = find_reader(version.digest)) return reader;
    const std::scoped_lock opening(opening_);
    if (auto reader = find_reader(version.digest)) return reader;
    if (!is_on_disk(version)) {
      auto missing = fail(ErrorCode::Unavailable, "the files of index \"{}\" version {} are missing", version.index,
                          version.digest.short_text());
      missing.error().fix = fmt::format("build it again: millwright index build {}", version.index);
      return missing;
    }
    auto reader = IndexReader::open(directory_of(version));
    if (!reader) return pass(reader);
    const std::scoped_lock lock(readers_mutex_);
    if (readers_.size() >= open_versions_max) readers_.erase(readers_.begin());
    readers_.emplace(version.digest, *reader);
    return *reader;
  }
  void forget_reader(const Digest& version) {
    const std::scoped_lock lock(readers_mutex_);
    readers_.erase(version);
  }

  RetrievalParts parts_;
  IndexStore store_;
  std::mutex building_;   // one build or publication at a time
  std::atomic<std::shared_ptr<const std::vector<IndexConfig>>> indexes_{
      std::make_shared<const std::vector<IndexConfig>>()};
  std::atomic<std::shared_ptr<const Catalog>> catalog_;
  std::mutex opening_, readers_mutex_;
  std::map<Digest, std::shared_ptr<IndexReader>> readers_;
};

}  // namespace

Result<std::unique_ptr<Retrieval>> make_retrieval(RetrievalParts parts) {
  remove_unfinished(parts.directory);
  auto catalog = IndexStore(*parts.database, *parts.writer, parts.audit).load();
  if (!catalog) return pass(catalog);
  return std::make_unique<LocalRetrieval>(std::move(parts), std::move(*catalog));
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::retrieval
