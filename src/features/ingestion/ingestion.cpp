#include "features/ingestion/ingestion.hpp"

#include <condition_variable>
#include <set>

#include "base/text.hpp"
#include "features/audit/audit.hpp"
#include "features/ingestion/document_store.hpp"
#include "features/ingestion/erasure.hpp"
#include "features/ingestion/followers.hpp"
#include "features/ingestion/ingestion_sql.hpp"
#include "features/ingestion/sync.hpp"
#include "features/ingestion/sync_store.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/writer.hpp"

namespace millwright::ingestion {

namespace {

class IngestionService final : public Ingestion {
 public:
  explicit IngestionService(IngestionDependencies dependencies)
      : dependencies_(std::move(dependencies)),
        followers_(dependencies_.make_connector, [this](const std::string& source) {
          return run_sync(source, {}, false, Trigger::Followed);
        }) {}
  ~IngestionService() override { stop(); }
  IngestionService(const IngestionService&) = delete;
  IngestionService& operator=(const IngestionService&) = delete;

  void replace_sources(std::vector<SourceConfig> sources) override {
    std::function<void(const SyncReport&)> changed;
    {
      const std::scoped_lock lock(mutex_);
      sources_ = std::move(sources);
      if (!is_following_) return;
      changed = changed_;
    }
    followers_.follow(this->sources(), std::move(changed));
  }

  [[nodiscard]] std::vector<SourceConfig> sources() const override {
    const std::scoped_lock lock(mutex_);
    return sources_;
  }

  void use_curation(CurationHooks hooks) override { hooks_ = std::move(hooks); }

  [[nodiscard]] Result<SyncReport> sync(std::string_view source, bool full,
                                        const std::function<void(const SyncProgress&)>& progress) override {
    return run_sync(source, progress, full, Trigger::Asked);
  }

  void start_following(std::function<void(const SyncReport&)> changed) override {
    {
      const std::scoped_lock lock(mutex_);
      is_following_ = true;
      is_stopping_ = false;
      changed_ = changed;
    }
    followers_.follow(sources(), std::move(changed));
  }

  void stop() override {
    is_stopping_ = true;
    followers_.stop();
    std::unique_lock lock(mutex_);
    is_following_ = false;
    idle_.wait(lock, [this] { return running_.empty(); });
    is_stopping_ = false;
  }

  [[nodiscard]] Result<std::vector<SyncReport>> reports(std::string_view source, std::size_t limit) const override {
    return list_syncs(dependencies_.database, source, std::clamp<std::size_t>(limit, 1, 1'000));
  }
  [[nodiscard]] Result<std::vector<IntakeLine>> report_lines(Id report) const override {
    return list_lines(dependencies_.database, report);
  }
  [[nodiscard]] Result<std::vector<Document>> list(const DocumentQuery& query, std::string& next) const override {
    return find_documents(dependencies_.database, query, next);
  }
  [[nodiscard]] Result<Document> load(Id document) const override {
    auto landed = load_landed(dependencies_.database, document);
    if (!landed) return pass(landed);
    return std::move(landed->document);
  }

  [[nodiscard]] Result<ParsedDocument> load_parsed(const Document& document) const override {
    if (document.parsed.is_none()) {
      return fail(ErrorCode::NotFound, "document {} was never parsed: {}", document.id.text(), document.reason);
    }
    auto bytes = dependencies_.blobs.load(document.parsed);
    if (!bytes) return pass(bytes);
    return decode(*bytes);
  }

  [[nodiscard]] Result<Document> release_from_quarantine(Id document, std::string_view actor,
                                                         std::string_view reason) override {
    return decide(document, actor, reason, Verdict::Indexed);
  }
  [[nodiscard]] Result<Document> reject(Id document, std::string_view actor, std::string_view reason) override {
    return decide(document, actor, reason, Verdict::Rejected);
  }
  [[nodiscard]] Result<std::vector<std::string>> erase(Id document, std::string_view actor) override {
    return erase_document(dependencies_, hooks_, document, actor);
  }
  [[nodiscard]] Result<std::int64_t> drop_old_versions(std::string_view source, Timestamp before) override {
    return drop_lapsed_versions(dependencies_, source, before);
  }

 private:
  [[nodiscard]] Result<SourceConfig> find_source(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const SourceConfig& source : sources_) {
      if (source.name == name) return source;
      names.push_back(source.name);
    }
    auto missing = fail(ErrorCode::NotFound, "no source is called \"{}\"", name);
    if (const auto near = nearest_name(name, names)) missing.error().fix = "did you mean \"" + *near + "\"?";
    return missing;
  }

  Result<SyncReport> run_sync(std::string_view name, const std::function<void(const SyncProgress&)>& progress,
                              bool full, Trigger trigger) {
    SyncRequest request;
    {
      const std::scoped_lock lock(mutex_);
      auto source = find_source(name);
      if (!source) return pass(source);
      if (is_stopping_) return fail(ErrorCode::Cancelled, "stopping");
      if (!running_.insert(source->name).second) {
        return fail(ErrorCode::Conflict, "a sync of source \"{}\" is running already", name);
      }
      request = {std::move(*source), full, trigger, progress};
    }
    const Running running{*this, request.source.name};
    return run_connected(request);
  }

  /// Marks a source as being synced for as long as it lives.
  struct Running {
    IngestionService& service;
    std::string source;
    Running(IngestionService& its_service, std::string its_source) : service(its_service), source(std::move(its_source)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      const std::scoped_lock lock(service.mutex_);
      service.running_.erase(source);
      service.idle_.notify_all();
    }
  };

  Result<SyncReport> run_connected(const SyncRequest& request) {
    auto connector = dependencies_.make_connector(request.source);
    if (!connector) return pass(connector);
    try {
      return Sync(dependencies_, hooks_, **connector, request, is_stopping_).run();
    } catch (const std::exception& e) {
      return fail(ErrorCode::Internal, "the sync failed: {}", e.what());
    }
  }

  Result<Document> decide(Id id, std::string_view actor, std::string_view reason, Verdict verdict) {
    if (trimmed(reason).empty()) return fail(ErrorCode::InvalidInput, "a reason is needed");
    auto landed = load_landed(dependencies_.database, id);
    if (!landed) return pass(landed);
    Document& document = landed->document;
    if (verdict == Verdict::Indexed && document.verdict != Verdict::Quarantined) {
      return fail(ErrorCode::Conflict, "the document is {}, not quarantined", verdict_name(document.verdict));
    }
    const bool is_release = verdict == Verdict::Indexed;
    audit::Entry entry{.actor = std::string(actor), .action = is_release ? "document.release" : "document.reject",
                       .object = "document/" + id.text(),
                       .detail = {{"reason", reason}, {"was", document.reason}, {"version", document.version}}};
    landed->decision = is_release ? "released" : "rejected";
    document.verdict = verdict;
    document.reason = fmt::format("{} by {}: {}", landed->decision, actor, reason);
    document.superseded_by.clear();
    auto written = dependencies_.writer.run([&](store::Session& session) -> Result<void> {
      if (auto saved = save_document(session, *landed); !saved) return saved;
      return dependencies_.audit.append(session, entry);
    });
    if (!written) return pass(written);
    return document;
  }

  IngestionDependencies dependencies_;
  CurationHooks hooks_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<SourceConfig> sources_;
  std::set<std::string> running_;
  std::function<void(const SyncReport&)> changed_;
  bool is_following_ = false;
  std::atomic<bool> is_stopping_ = false;
  Followers followers_;   // last: its threads end before what they use
};

}  // namespace

std::unique_ptr<Ingestion> make_ingestion(IngestionDependencies dependencies) {
  return std::make_unique<IngestionService>(std::move(dependencies));
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::ingestion
