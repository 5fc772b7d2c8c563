#include "features/ingestion/ingestion.hpp"

#include <condition_variable>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/ingestion/ingestion_sql.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/vault/vault.hpp"
#include "tests/support/database.hpp"

namespace millwright::ingestion {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void forward(Duration by) { now_ += by; }

 private:
  Timestamp now_ = parse_time("2026-11-23T13:00:00Z").value();
};

/// A source in memory.
struct Folder {
  struct File {
    std::string text;
    int generation = 1;
    std::string identity;
  };
  std::map<std::string, File> files;
  std::string broken;                          // why listing fails
  std::function<void(const std::string&)> on_fetch;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_changed = false, is_awake = false;

  void put(const std::string& path, const std::string& text) {
    auto& file = files[path];
    file.text = text;
    ++file.generation;
  }
  void signal() {
    const std::scoped_lock lock(mutex);
    is_changed = true;
    changed.notify_all();
  }
};

class FolderConnector final : public Connector {
 public:
  explicit FolderConnector(Folder& folder) : folder_(folder) {}
  [[nodiscard]] Result<void> list(const std::function<Result<void>(SourceItem)>& visit) override {
    if (!folder_.broken.empty()) return fail(ErrorCode::Forbidden, "{}", folder_.broken);
    for (const auto& [path, file] : folder_.files) {
      SourceItem item{.path = path, .uri = "mem:" + path, .bytes = file.text.size(), .modified = from_micros(1'000'000),
                      .change_token = std::to_string(file.generation), .identity = file.identity};
      if (auto visited = visit(std::move(item)); !visited) return visited;
    }
    return {};
  }
  [[nodiscard]] Result<std::string> fetch(const SourceItem& item, std::uint64_t) override {
    if (folder_.on_fetch) folder_.on_fetch(item.path);
    const auto found = folder_.files.find(item.path);
    if (found == folder_.files.end()) return fail(ErrorCode::NotFound, "gone");
    if (found->second.text == "busy") return fail(ErrorCode::Unavailable, "it changes");
    return found->second.text;
  }
  [[nodiscard]] bool wait_for_change(Duration) override {
    std::unique_lock lock(folder_.mutex);
    folder_.changed.wait(lock, [&] { return folder_.is_changed || folder_.is_awake; });
    return std::exchange(folder_.is_changed, false);
  }
  void wake() override {
    const std::scoped_lock lock(folder_.mutex);
    folder_.is_awake = true;
    folder_.changed.notify_all();
  }

 private:
  Folder& folder_;
};

/// Text is one paragraph; "bad…" cannot be parsed.
class WordParser final : public Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "text"; }
  [[nodiscard]] int score(std::string_view, std::string_view) const override { return 50; }
  [[nodiscard]] Result<ParsedDocument> parse(std::string_view bytes, const ParseLimits&) const override {
    if (bytes.starts_with("bad")) return fail(ErrorCode::InvalidInput, "it is bad");
    ParsedDocument document;
    document.language = bytes.starts_with("de:") ? "de" : "";
    document.blocks.push_back({.text = std::string(bytes)});
    return document;
  }
};

class IngestionTest : public testing::TestWithParam<store::Engine> {
 protected:
  IngestionTest() : data_(GetParam(), migrations()) {
    data_.migrate(audit::migrations());
    blobs_ = std::move(*store::BlobStore::open("file:" + (data_.directory() / "blobs").string(), nullptr));
    vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
    audit_ = std::move(*audit::Audit::open(data_.database(), data_.writer(), *vault_, clock_, {.data_directory = data_.directory()}));
    parsers_.push_back(std::make_unique<WordParser>());
    runner_ = make_in_process_runner(parsers_);
    source_.name = "docs";
    source_.kind = "memory";
    source_.uses = {"retrieval"};
    source_.acl.allow = {"everyone"};
    source_.data_class = policy::DataClass::Internal;
    open();
  }
  void open() {
    ingestion_.reset();
    ingestion_ = make_ingestion({data_.database(), data_.writer(), *blobs_, *audit_, clock_, *runner_,
                                 [this](const SourceConfig&) -> Result<std::unique_ptr<Connector>> {
                                   return std::make_unique<FolderConnector>(folder_);
                                 },
                                 {}, 2, batch_items_max_});
    ingestion_->replace_sources({source_});
  }
  SyncReport sync(bool full = false) {
    auto report = ingestion_->sync("docs", full, {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(SyncReport());
  }
  /// "path verdict[: reason]" of each line.
  std::vector<std::string> lines(const SyncReport& report) {
    std::vector<std::string> out;
    for (const IntakeLine& line : *ingestion_->report_lines(report.id)) {
      out.push_back(line.path + " " + std::string(verdict_name(line.verdict)) + (line.reason.empty() ? "" : ": " + line.reason));
    }
    return out;
  }
  std::map<std::string, Document> documents() {
    std::map<std::string, Document> out;
    std::string next;
    for (Document& document : *ingestion_->list({.source = "docs", .limit = 1'000}, next)) {
      std::string path = document.path;
      out.emplace(std::move(path), std::move(document));
    }
    return out;
  }
  void configure() { ingestion_->replace_sources({source_}); }

  test::TestDatabase data_;
  TestClock clock_;
  Folder folder_;
  SourceConfig source_;
  Parsers parsers_;
  std::size_t batch_items_max_ = 1'000;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<ParserRunner> runner_;
  std::unique_ptr<Ingestion> ingestion_;
};

INSTANTIATE_TEST_SUITE_P(Engines, IngestionTest, testing::ValuesIn(test::both_engines()), test::engine_name<testing::TestParamInfo<store::Engine>>);

TEST_P(IngestionTest, EveryStatementPrepares) { EXPECT_EQ(test::faults_of(data_.database(), sql::all), ""); }

TEST_P(IngestionTest, AccountsForEveryFile) {
  folder_.put("a", "alpha");
  folder_.put("b", "bad bytes");
  folder_.put("c", "");
  folder_.put("d", std::string(100, 'x'));
  source_.contract.bytes_max = 50;
  configure();
  const SyncReport report = sync();
  EXPECT_EQ(report.error, "");
  EXPECT_EQ(report.listed, 4);
  EXPECT_THAT(lines(report), ElementsAre("a indexed", "b rejected: parse.text: it is bad",
                                         "c rejected: contract.bytes_min: the file is empty",
                                         "d rejected: contract.bytes_max: 100 bytes, the limit is 50"));
  EXPECT_EQ(report.counts.at("indexed") + report.counts.at("rejected"), 4);
  const Document a = documents().at("a");
  EXPECT_EQ(a.version, 1);
  EXPECT_EQ(a.raw, sha256("alpha"));
  EXPECT_EQ(blobs_->load(a.raw).value_or(""), "alpha");
  EXPECT_EQ(ingestion_->load_parsed(a)->blocks[0].text, "alpha");
}

TEST_P(IngestionTest, UnchangedFilesAreNotReadAgain) {
  folder_.put("a", "alpha");
  (void)sync();
  int fetched = 0;
  folder_.on_fetch = [&](const std::string&) { ++fetched; };
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged"));
  EXPECT_EQ(fetched, 0);
  folder_.put("a", "alpha");   // touched: another token, the same bytes
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged"));
  EXPECT_EQ(fetched, 1);
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged"));
  EXPECT_EQ(fetched, 1);
  EXPECT_THAT(lines(sync(true)), ElementsAre("a indexed"));
  EXPECT_EQ(documents().at("a").version, 1);
}

TEST_P(IngestionTest, ChangesMakeVersionsAndDeletionsStay) {
  folder_.put("a", "alpha");
  folder_.put("b", "beta");
  (void)sync();
  folder_.put("a", "alpha two");
  folder_.files.erase("b");
  const SyncReport report = sync();
  EXPECT_THAT(lines(report), ElementsAre("a indexed", "b deleted: no longer in the source"));
  EXPECT_EQ(report.listed, 1);
  EXPECT_EQ(documents().at("a").version, 2);
  EXPECT_EQ(documents().at("b").verdict, Verdict::Deleted);
  folder_.put("b", "beta");   // back again: the same document
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged", "b indexed"));
}

TEST_P(IngestionTest, ARenamedFileStaysTheSameDocument) {
  folder_.put("old", "alpha");
  (void)sync();
  const Id id = documents().at("old").id;
  folder_.files["new"] = folder_.files.at("old");
  folder_.files.erase("old");
  EXPECT_THAT(lines(sync()), ElementsAre("new unchanged: renamed from old"));
  ASSERT_EQ(documents().size(), 1U);
  EXPECT_EQ(documents().at("new").id, id);
}

TEST_P(IngestionTest, ABrokenListingDeletesNothing) {
  folder_.put("a", "alpha");
  (void)sync();
  folder_.broken = "the share is gone";
  const SyncReport report = sync();
  EXPECT_THAT(report.error, HasSubstr("the share is gone"));
  EXPECT_EQ(documents().at("a").verdict, Verdict::Indexed);
  folder_.broken.clear();
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged"));
}

TEST_P(IngestionTest, TooManyDeletionsStopTheSync) {
  for (int i = 0; i < 10; ++i) folder_.put("f" + std::to_string(i), "text " + std::to_string(i));
  (void)sync();
  for (int i = 0; i < 6; ++i) folder_.files.erase("f" + std::to_string(i));
  folder_.put("f9", "changed");
  const SyncReport report = sync();
  EXPECT_THAT(report.error, HasSubstr("would delete 6 of 10"));
  EXPECT_EQ(documents().at("f0").verdict, Verdict::Indexed);
  EXPECT_EQ(documents().at("f9").version, 1);
  folder_.files.clear();
  EXPECT_THAT(sync().error, HasSubstr("would delete 10 of 10"));
  source_.contract.deleted_percent_max = 100;
  configure();
  EXPECT_EQ(sync().counts.at("deleted"), 10);
}

TEST_P(IngestionTest, PermissionsShrinkBeforeContentIsRead) {
  folder_.put("a", "alpha");
  folder_.put("secret/b", "beta");
  (void)sync();
  EXPECT_THAT(documents().at("secret/b").acl.allow, ElementsAre("everyone"));
  source_.acl_rules = {{"secret/**", {{"group:security"}, {}}}};
  configure();
  folder_.put("a", "alpha two");
  std::vector<std::string> allowed_while_fetching;
  folder_.on_fetch = [&](const std::string&) { allowed_while_fetching = documents().at("secret/b").acl.allow; };
  (void)sync();
  EXPECT_THAT(allowed_while_fetching, ElementsAre("group:security"));
}

TEST_P(IngestionTest, TheContractHoldsLanguagesAndKinds) {
  folder_.put("a", "de: hallo");
  source_.contract.languages = {"en"};
  configure();
  EXPECT_THAT(lines(sync()), ElementsAre("a quarantined: contract.languages: the document is in \"de\""));
  source_.contract = {};
  source_.contract.types = {"pdf"};
  configure();
  EXPECT_THAT(lines(sync()), ElementsAre(HasSubstr("a rejected: contract.types: text")));
  source_.contract.documents_min = 2;
  configure();
  EXPECT_THAT(sync().error, HasSubstr("at least 2"));
}

TEST_P(IngestionTest, AStoppedSyncIsTakenUpWhereItStood) {
  batch_items_max_ = 1;
  open();
  for (int i = 0; i < 20; ++i) folder_.put(fmt::format("f{:02}", i), "text " + std::to_string(i));
  std::atomic<int> fetched = 0;
  folder_.on_fetch = [&](const std::string&) { ++fetched; };
  // Killed after ten items: nothing of the process survives but what was committed.
  struct Killed {};
  try {
    (void)ingestion_->sync("docs", false, [&](const SyncProgress& progress) {
      if (progress.done == 10) throw Killed{};
    });
  } catch (const Killed&) {
  }
  open();
  fetched = 0;
  const SyncReport report = sync();
  EXPECT_EQ(report.counts.at("indexed"), 20);
  EXPECT_EQ(lines(report).size(), 20U);
  EXPECT_LE(fetched.load(), 11);
  EXPECT_EQ(documents().size(), 20U);
  EXPECT_EQ(ingestion_->reports("docs", 10)->size(), 1U);
}

TEST_P(IngestionTest, OneSyncOfASourceAtATime) {
  folder_.put("a", "alpha");
  Result<SyncReport> inner = fail(ErrorCode::Internal, "not run");
  (void)ingestion_->sync("docs", false, [&](const SyncProgress&) { inner = ingestion_->sync("docs", false, {}); });
  ASSERT_FALSE(inner);
  EXPECT_EQ(inner.error().code, ErrorCode::Conflict);
  EXPECT_EQ(ingestion_->sync("dosc", false, {}).error().fix, "did you mean \"docs\"?");
}

TEST_P(IngestionTest, FilesThatVanishOrAreBusyAreNoErrors) {
  folder_.put("a", "alpha");
  folder_.put("b", "beta");
  (void)sync();
  folder_.put("a", "busy");
  folder_.put("b", "gone soon");
  folder_.on_fetch = [&](const std::string& path) {
    const std::scoped_lock lock(folder_.mutex);
    if (path == "b") folder_.files.erase("b");
  };
  const SyncReport report = sync();
  EXPECT_THAT(lines(report), ElementsAre("a unchanged: not read this time: it changes", "b deleted: vanished while the sync ran"));
  folder_.on_fetch = {};
  folder_.put("a", "alpha two");
  EXPECT_THAT(lines(sync()), ElementsAre("a indexed"));
}

TEST_P(IngestionTest, APersonsDecisionHoldsUntilTheContentChanges) {
  ingestion_->use_curation({.curate = [](Document& document, const ParsedDocument& parsed) -> Result<CurationOutcome> {
                              if (parsed.blocks[0].text.starts_with("evil")) {
                                document.verdict = Verdict::Quarantined;
                                document.reason = "guard";
                              }
                              return CurationOutcome{};
                            },
                            .version = [this](std::string_view) { return std::to_string(folder_.files.size()); },
                            .forget = {}});
  folder_.put("a", "evil words");
  EXPECT_THAT(lines(sync()), ElementsAre("a quarantined: guard"));
  const Id id = documents().at("a").id;
  EXPECT_FALSE(ingestion_->release_from_quarantine(id, "user/ana", " "));
  ASSERT_TRUE(ingestion_->release_from_quarantine(id, "user/ana", "a false alarm"));
  EXPECT_EQ(documents().at("a").verdict, Verdict::Indexed);
  folder_.put("b", "beta");   // other rules: curated anew, yet the decision stands
  (void)sync();
  EXPECT_EQ(documents().at("a").verdict, Verdict::Indexed);
  folder_.put("a", "evil words two");
  (void)sync();
  EXPECT_EQ(documents().at("a").verdict, Verdict::Quarantined);
  ASSERT_TRUE(ingestion_->reject(id, "user/ana", "evil indeed"));
  EXPECT_EQ(ingestion_->release_from_quarantine(id, "user/ana", "again").error().code, ErrorCode::Conflict);
  const auto audited = audit_->list({.object = "document/" + id.text()}, "", 10);
  ASSERT_TRUE(audited);
  ASSERT_EQ(audited->records.size(), 2U);
  EXPECT_EQ(audited->records[0].entry.action, "document.reject");
}

TEST_P(IngestionTest, ErasedDocumentsStayAway) {
  folder_.put("a", "alpha");
  folder_.put("b", "alpha");   // shares its bytes
  (void)sync();
  const Document a = documents().at("a");
  ASSERT_TRUE(ingestion_->erase(a.id, "user/ana"));
  EXPECT_EQ(ingestion_->load(a.id).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(*blobs_->contains(a.raw));   // still those of b
  ASSERT_TRUE(ingestion_->erase(documents().at("b").id, "user/ana"));
  EXPECT_FALSE(*blobs_->contains(a.raw));
  EXPECT_FALSE(*blobs_->contains(a.parsed));
  folder_.files["c"] = {"alpha", 1, ""};   // under another name
  const SyncReport report = sync();
  EXPECT_EQ(report.counts.at("rejected"), 3);
  EXPECT_TRUE(documents().empty());
  EXPECT_FALSE(*blobs_->contains(a.raw));
}

TEST_P(IngestionTest, OldVersionsLapse) {
  folder_.put("a", "alpha");
  (void)sync();
  const Document first = documents().at("a");
  clock_.forward(Duration(3'600'000));
  folder_.put("a", "alpha two");
  (void)sync();
  EXPECT_EQ(ingestion_->drop_old_versions("docs", clock_.now() - Duration(7'200'000)).value_or(-1), 0);
  EXPECT_EQ(ingestion_->drop_old_versions("docs", clock_.now()).value_or(-1), 1);
  EXPECT_FALSE(*blobs_->contains(first.raw));
  EXPECT_TRUE(*blobs_->contains(documents().at("a").raw));
}

TEST_P(IngestionTest, CopiesAreJudgedAgainWhenTheOriginalGoes) {
  // A stand-in for curation: equal texts are duplicates of the first that is indexed.
  ingestion_->use_curation({.curate = [this](Document& document, const ParsedDocument&) -> Result<CurationOutcome> {
                              for (const auto& [path, other] : documents()) {
                                if (other.id == document.id || other.text != document.text || other.verdict != Verdict::Indexed) continue;
                                document.verdict = Verdict::Duplicate;
                                document.superseded_by = other.id.text();
                              }
                              return CurationOutcome{};
                            },
                            .version = {}, .forget = {}});
  folder_.put("a", "alpha");
  (void)sync();
  folder_.put("b", "alpha");
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged", "b duplicate"));
  folder_.files.erase("a");
  EXPECT_THAT(lines(sync()), ElementsAre("a deleted: no longer in the source", "b indexed"));
}

TEST_P(IngestionTest, RevisionsReachOtherDocumentsAndTheReport) {
  Id first;
  ingestion_->use_curation({.curate = [&](Document& document, const ParsedDocument&) -> Result<CurationOutcome> {
                              CurationOutcome outcome;
                              if (first.is_none()) first = document.id;
                              else outcome.revisions.push_back({first, Verdict::Stale, "older", document.id.text()});
                              return outcome;
                            },
                            .version = {}, .forget = {}});
  folder_.put("a", "alpha");
  folder_.put("b", "alpha, mended");
  EXPECT_THAT(lines(sync()), ElementsAre("a stale: older", "b indexed"));
  EXPECT_EQ(documents().at("a").verdict, Verdict::Stale);
  EXPECT_EQ(documents().at("a").superseded_by, documents().at("b").id.text());
}

TEST_P(IngestionTest, ListsByFilterAndPage) {
  for (int i = 0; i < 5; ++i) folder_.put("f" + std::to_string(i), (i == 3 ? "bad " : "text ") + std::to_string(i));
  (void)sync();
  std::string next;
  EXPECT_EQ(ingestion_->list({.verdict = "rejected"}, next)->size(), 1U);
  EXPECT_EQ(ingestion_->list({.text = "F2"}, next)->size(), 1U);
  EXPECT_EQ(ingestion_->list({.tag = "secret"}, next)->size(), 0U);
  EXPECT_EQ(ingestion_->list({.limit = 3}, next)->size(), 3U);
  ASSERT_NE(next, "");
  EXPECT_EQ(ingestion_->list({.cursor = next, .limit = 3}, next)->size(), 2U);
  EXPECT_EQ(next, "");
}

TEST_P(IngestionTest, FollowingSyncsOnChangeAndStopsCleanly) {
  folder_.put("a", "alpha");
  std::mutex mutex;
  std::condition_variable seen;
  std::vector<SyncReport> reports;
  ingestion_->start_following([&](const SyncReport& report) {
    const std::scoped_lock lock(mutex);
    reports.push_back(report);
    seen.notify_all();
  });
  const auto wait_for = [&](std::size_t count) {
    std::unique_lock lock(mutex);
    return seen.wait_for(lock, std::chrono::seconds(60), [&] { return reports.size() >= count; });
  };
  ASSERT_TRUE(wait_for(1));
  folder_.put("b", "beta");
  folder_.signal();
  ASSERT_TRUE(wait_for(2));
  EXPECT_EQ(reports[1].counts.at("indexed"), 1);
  ingestion_->stop();
  EXPECT_EQ(ingestion_->reports("docs", 10)->size(), 2U);
  EXPECT_THAT(lines(sync()), ElementsAre("a unchanged", "b unchanged"));   // asking works after stopping
}

}  // namespace
}  // namespace millwright::ingestion
