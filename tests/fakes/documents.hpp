// Documents in memory, with the faces of ingestion and curation: what an index is built from, without sources or files.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "features/curation/curation.hpp"
#include "features/ingestion/ingestion.hpp"

namespace millwright::fakes {

/// Thread-safe, like the real one.
class Documents : public ingestion::Ingestion {
 public:
  Id add(std::string path, ingestion::ParsedDocument parsed, ingestion::Acl acl = {{"everyone"}, {}},
         policy::DataClass data_class = policy::DataClass::Internal) {
    const std::scoped_lock lock(mutex_);
    ingestion::Document document;
    document.id = Id::generate();
    document.source = "test";
    document.uri = "file:///docs/" + path;
    document.path = std::move(path);
    document.title = parsed.title;
    document.acl = std::move(acl);
    document.data_class = data_class;
    document.uses = {"retrieval"};
    document.modified = from_micros(1'700'000'000'000'000);
    document.parsed = sha256(document.path + "\n" + ingestion_text(parsed));
    parsed_[document.parsed] = std::move(parsed);
    const Id id = document.id;
    documents_[id] = std::move(document);
    return id;
  }
  /// Changes a document as a later sync would.
  template <class Change>
  void change(Id id, Change apply) {
    const std::scoped_lock lock(mutex_);
    apply(documents_.at(id));
  }
  void forget(Id id) {
    const std::scoped_lock lock(mutex_);
    documents_.erase(id);
  }
  /// From now on every look-up of a document fails.
  void break_down() {
    const std::scoped_lock lock(mutex_);
    is_broken_ = true;
  }
  [[nodiscard]] std::vector<curation::Member> members() const {
    const std::scoped_lock lock(mutex_);
    std::vector<curation::Member> members;
    for (const auto& [id, document] : documents_) members.push_back({id, document.version, document.parsed});
    return members;
  }

  Result<ingestion::Document> load(Id id) const override {
    const std::scoped_lock lock(mutex_);
    if (is_broken_) return fail(ErrorCode::Unavailable, "the store is down");
    const auto found = documents_.find(id);
    if (found == documents_.end()) return fail(ErrorCode::NotFound, "no such document");
    return found->second;
  }
  Result<ingestion::ParsedDocument> load_parsed(const ingestion::Document& document) const override {
    const std::scoped_lock lock(mutex_);
    const auto found = parsed_.find(document.parsed);
    if (found == parsed_.end()) return fail(ErrorCode::NotFound, "no such text");
    return found->second;
  }

  // The rest of the face has no part in retrieval.
  void replace_sources(std::vector<ingestion::SourceConfig>) override {}
  void use_curation(ingestion::CurationHooks) override {}
  Result<std::int64_t> drop_old_versions(std::string_view, Timestamp) override { return unsupported(); }
  std::vector<ingestion::SourceConfig> sources() const override { return {}; }
  Result<ingestion::SyncReport> sync(std::string_view, bool,
                                     const std::function<void(const ingestion::SyncProgress&)>&) override {
    return unsupported();
  }
  void start_following(std::function<void(const ingestion::SyncReport&)>) override {}
  void stop() override {}
  Result<std::vector<ingestion::SyncReport>> reports(std::string_view, std::size_t) const override {
    return unsupported();
  }
  Result<std::vector<ingestion::IntakeLine>> report_lines(Id) const override { return unsupported(); }
  Result<std::vector<ingestion::Document>> list(const ingestion::DocumentQuery&, std::string&) const override {
    return unsupported();
  }
  Result<ingestion::Document> release_from_quarantine(Id, std::string_view, std::string_view) override {
    return unsupported();
  }
  Result<ingestion::Document> reject(Id, std::string_view, std::string_view) override { return unsupported(); }
  Result<std::vector<std::string>> erase(Id, std::string_view) override { return unsupported(); }

 private:
  static std::unexpected<Error> unsupported() { return fail(ErrorCode::Internal, "not part of this test"); }
  static std::string ingestion_text(const ingestion::ParsedDocument& parsed) {
    std::string text;
    for (const ingestion::Block& block : parsed.blocks) text += block.text + "\n";
    return text;
  }

  mutable std::mutex mutex_;
  std::map<Id, ingestion::Document> documents_;
  std::map<Digest, ingestion::ParsedDocument> parsed_;
  bool is_broken_ = false;
};

/// Datasets whose versions are approved as soon as they are made.
class Datasets final : public curation::Curation {
 public:
  explicit Datasets(const Documents& documents) : documents_(documents) {}

  /// All documents as they are now become the newest approved version.
  Digest approve_now() {
    const std::scoped_lock lock(mutex_);
    const std::vector<curation::Member> members = documents_.members();
    std::string text;
    for (const auto& member : members) text += fmt::format("{}:{}:{}\n", member.document.text(), member.version, member.parsed.text());
    const Digest digest = sha256(text);
    newest_ = curation::DatasetVersion{.dataset = "docs", .version = ++number_, .digest = digest,
                                       .state = curation::DatasetState::Approved};
    members_[digest] = members;
    return digest;
  }
  /// The newest version under another digest, such as that of an artifact.
  void rename_newest(const Digest& digest) {
    const std::scoped_lock lock(mutex_);
    members_[digest] = members_[newest_.digest];
    newest_.digest = digest;
  }
  Result<curation::DatasetVersion> newest_approved(std::string_view dataset) const override {
    const std::scoped_lock lock(mutex_);
    if (newest_.version == 0) return fail(ErrorCode::NotFound, "no version of \"{}\" has been approved", dataset);
    return newest_;
  }
  Result<std::vector<curation::Member>> members(const Digest& version) const override {
    const std::scoped_lock lock(mutex_);
    const auto found = members_.find(version);
    if (found == members_.end()) return fail(ErrorCode::NotFound, "no such dataset version");
    return found->second;
  }

  void replace_datasets(std::vector<curation::DatasetConfig>) override {}
  std::vector<curation::DatasetConfig> datasets() const override { return {}; }
  ingestion::CurationHooks curate_hook() override { return {}; }
  Result<std::int64_t> enforce_retention(std::string_view) override { return 0; }
  Result<curation::DatasetVersion> snapshot(std::string_view dataset, std::string_view) override {
    approve_now();
    return newest_approved(dataset);
  }
  Result<curation::DatasetVersion> approve(std::string_view dataset, std::int64_t, std::string_view,
                                           std::string_view) override {
    return newest_approved(dataset);
  }
  Result<curation::DatasetVersion> reject(std::string_view dataset, std::int64_t, std::string_view,
                                          std::string_view) override {
    return newest_approved(dataset);
  }
  Result<std::vector<curation::DatasetVersion>> versions(std::string_view) const override {
    const std::scoped_lock lock(mutex_);
    return std::vector{newest_};
  }

 private:
  const Documents& documents_;
  mutable std::mutex mutex_;
  curation::DatasetVersion newest_;
  std::int64_t number_ = 0;
  std::map<Digest, std::vector<curation::Member>> members_;
};

/// A parsed document from lines: "# Title" and "## Section" are headings, "- item" list items, others paragraphs.
inline ingestion::ParsedDocument parsed_lines(std::string_view text) {
  ingestion::ParsedDocument parsed;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    ingestion::Block block;
    if (line.starts_with('#')) {
      const std::size_t level = line.find_first_not_of('#');
      block.kind = ingestion::BlockKind::Heading;
      block.level = static_cast<std::uint8_t>(level);
      line = line.substr(std::min(level + 1, line.size()));
      if (level == 1 && parsed.title.empty()) parsed.title = line;
    } else if (line.starts_with("- ")) {
      block.kind = ingestion::BlockKind::ListItem;
      line.remove_prefix(2);
    }
    block.text = line;
    parsed.blocks.push_back(std::move(block));
  }
  return parsed;
}

}  // namespace millwright::fakes
