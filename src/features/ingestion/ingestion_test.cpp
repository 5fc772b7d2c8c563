#include "features/ingestion/ingestion_fixture.hpp"

namespace millwright::ingestion {
namespace {

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

INSTANTIATE_TEST_SUITE_P(Engines, IngestionTest, testing::ValuesIn(test::both_engines()), test::engine_name<testing::TestParamInfo<store::Engine>>);

}  // namespace
}  // namespace millwright::ingestion
