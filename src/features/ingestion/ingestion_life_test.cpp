#include "features/ingestion/ingestion_fixture.hpp"

namespace millwright::ingestion {
namespace {

class IngestionLifeTest : public IngestionTest {};

TEST_P(IngestionLifeTest, APersonsDecisionHoldsUntilTheContentChanges) {
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

TEST_P(IngestionLifeTest, ErasedDocumentsStayAway) {
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

TEST_P(IngestionLifeTest, OldVersionsLapse) {
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

TEST_P(IngestionLifeTest, CopiesAreJudgedAgainWhenTheOriginalGoes) {
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

TEST_P(IngestionLifeTest, RevisionsReachOtherDocumentsAndTheReport) {
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

TEST_P(IngestionLifeTest, ListsByFilterAndPage) {
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

TEST_P(IngestionLifeTest, FollowingSyncsOnChangeAndStopsCleanly) {
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

INSTANTIATE_TEST_SUITE_P(Engines, IngestionLifeTest, testing::ValuesIn(test::both_engines()), test::engine_name<testing::TestParamInfo<store::Engine>>);

}  // namespace
}  // namespace millwright::ingestion
