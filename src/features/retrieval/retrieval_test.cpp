#include "features/retrieval/retrieval.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "features/retrieval/frequent_words.hpp"
#include "features/retrieval/index_build.hpp"
#include "features/retrieval/retrieval_sql.hpp"
#include "tests/fakes/documents.hpp"
#include "tests/support/database.hpp"

namespace millwright::retrieval {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RetrievalTest : public testing::TestWithParam<store::Engine> {
 protected:
  RetrievalTest() { retrieval_ = make(); }

  std::unique_ptr<Retrieval> make() {
    auto made = make_retrieval({.directory = indexes_.path(), .database = &database_.database(),
                                .writer = &database_.writer(), .ingestion = &documents_, .curation = &datasets_,
                                .clock = &system_clock()});
    EXPECT_TRUE(made) << made.error().message;
    (*made)->replace_indexes({{.name = "kb", .dataset = "docs"}});
    return std::move(*made);
  }
  IndexVersion build() {
    datasets_.approve_now();
    auto built = retrieval_->build("kb", {});
    EXPECT_TRUE(built) << built.error().message;
    return built ? *built : IndexVersion{};
  }
  SearchResult search(std::string text, Reader reader = {}, policy::DataClass class_max = policy::DataClass::Restricted) {
    auto found = retrieval_->search(retrieval_->live("kb"),
                                    {.text = std::move(text), .top = 5, .reader = std::move(reader), .class_max = class_max});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : SearchResult{};
  }
  std::vector<std::string> titles(const SearchResult& result) {
    std::vector<std::string> titles;
    for (const ScoredChunk& scored : result.chunks) titles.push_back(scored.chunk.title);
    return titles;
  }
  Id add(std::string path, std::string_view text, ingestion::Acl acl = {{"everyone"}, {}},
         policy::DataClass data_class = policy::DataClass::Internal) {
    return documents_.add(std::move(path), fakes::parsed_lines(text), std::move(acl), data_class);
  }

  test::TempDirectory indexes_;
  test::TestDatabase database_{GetParam(), migrations()};
  fakes::Documents documents_;
  fakes::Datasets datasets_{documents_};
  std::unique_ptr<Retrieval> retrieval_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RetrievalTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(RetrievalTest, PreparesEveryStatement) {
  EXPECT_EQ(test::faults_of(database_.database(), sql::all), "");
}

TEST_P(RetrievalTest, FindsThePassageAndSaysWhereItStands) {
  add("vpn.md", "# VPN\n## Reset\nRun the token tool to reset your VPN.\nThen wait a minute.\n## Cost\nIt is free.\n");
  add("mail.md", "# Mail\nQuotas are ten gigabytes.\n");
  build();
  const SearchResult result = search("How do I reset the VPN token?");
  ASSERT_FALSE(result.chunks.empty());
  const Chunk& chunk = result.chunks[0].chunk;
  EXPECT_EQ(chunk.title, "VPN");
  EXPECT_EQ(chunk.heading_path, "VPN > Reset");
  EXPECT_EQ(chunk.uri, "file:///docs/vpn.md");
  EXPECT_EQ(chunk.text, "Run the token tool to reset your VPN.\n\nThen wait a minute.");
  EXPECT_EQ(result.hidden_by_acl, 0);
  EXPECT_LE(result.chunks[0].score, result.best_possible);
  EXPECT_GT(result.chunks[0].score, 0);
}

TEST_P(RetrievalTest, ReadsTheSectionAroundALeafFromItsNeighbours) {
  std::string text = "# Guide\n";
  for (int i = 0; i < 12; ++i) {
    text += fmt::format("Paragraph {} tells about item{} ", i, i) + std::string(80 * 4, ' ');
    for (int w = 0; w < 80; ++w) text += "word ";
    text += "\n";
  }
  add("guide.md", text);
  build();
  const auto result = search("item6");
  ASSERT_EQ(result.chunks.size(), 1u);
  EXPECT_NE(result.chunks[0].chunk.parent_text.find("item5"), std::string::npos);
  EXPECT_NE(result.chunks[0].chunk.parent_text.find("item7"), std::string::npos);
  EXPECT_EQ(result.chunks[0].chunk.parent_text.find("item0"), std::string::npos);
}

TEST_P(RetrievalTest, AppliesPermissionsBeforeRankingAndCountsWhatIsHidden) {
  for (int i = 0; i < 20; ++i) add(fmt::format("hr{}.md", i), "# Pay\nsalary salary salary bands\n", {{"group:hr"}, {}});
  add("public.md", "# Benefits\nThe salary is paid on the 25th of each month to all.\n");
  build();
  const auto outsider = search("salary", {"bob", {"it"}});
  EXPECT_THAT(titles(outsider), ElementsAre("Benefits"));
  EXPECT_EQ(outsider.hidden_by_acl, 5);
  const auto insider = search("salary", {"eve", {"hr"}});
  EXPECT_EQ(insider.chunks.size(), 5u);
  EXPECT_EQ(insider.hidden_by_acl, 0);
}

TEST_P(RetrievalTest, LetsDenyWinOverAllow) {
  add("plan.md", "# Plan\nmerger plan\n", {{"everyone"}, {"user:mallory"}});
  build();
  EXPECT_THAT(titles(search("merger", {"ana", {}})), ElementsAre("Plan"));
  EXPECT_THAT(titles(search("merger", {"mallory", {}})), IsEmpty());
  EXPECT_EQ(search("merger", {"mallory", {}}).hidden_by_acl, 1);
}

TEST_P(RetrievalTest, ShowsNobodyADocumentWithoutPermissions) {
  add("lost.md", "# Lost\nunreadable permissions\n", {{}, {}});
  add("open.md", "# Open\nother text\n");
  build();
  EXPECT_THAT(titles(search("unreadable permissions", {"ana", {"it"}})), IsEmpty());
}

TEST_P(RetrievalTest, HoldsToTheHighestClassOfTheRequest) {
  add("open.md", "# Open\nrotation of keys\n", {{"everyone"}, {}}, policy::DataClass::Internal);
  add("vault.md", "# Vault\nrotation of keys\n", {{"everyone"}, {}}, policy::DataClass::Restricted);
  build();
  EXPECT_THAT(titles(search("rotation", {}, policy::DataClass::Internal)), ElementsAre("Open"));
  EXPECT_EQ(search("rotation", {}, policy::DataClass::Internal).hidden_by_acl, 0);
  EXPECT_EQ(search("rotation").chunks.size(), 2u);
}

TEST_P(RetrievalTest, FollowsManyGroupsAndTheirRevocation) {
  std::vector<Id> plans;
  for (int g = 0; g < 40; ++g) {
    plans.push_back(add(fmt::format("{}.md", g), fmt::format("# Plan {}\nroadmap of the team\n", g),
                        {{fmt::format("group:g{}", g), "user:boss"}, {fmt::format("group:out{}", g)}}));
  }
  build();
  EXPECT_THAT(titles(search("roadmap", {"ana", {"g7", "g39", "other"}})), ElementsAre("Plan 7", "Plan 39"));
  EXPECT_THAT(titles(search("roadmap", {"ana", {"g7", "g39", "out7"}})), ElementsAre("Plan 39"));
  EXPECT_THAT(titles(search("roadmap", {"ana", {"out7"}})), IsEmpty());
  EXPECT_EQ(search("roadmap", {"boss", {}}).chunks.size(), 5u);
  documents_.change(plans[39], [](ingestion::Document& d) { d.acl.allow = {"user:boss"}; });
  const auto revoked = search("roadmap", {"ana", {"g7", "g39"}});
  EXPECT_THAT(titles(revoked), ElementsAre("Plan 7"));
  for (const Id id : plans) documents_.change(id, [](ingestion::Document& d) { d.acl.deny = {"user:boss"}; });
  const auto denied = search("roadmap", {"boss", {}});
  EXPECT_THAT(titles(denied), IsEmpty());
  EXPECT_EQ(denied.hidden_by_acl, 5);
}

TEST_P(RetrievalTest, FindsTheSameWithAndWithoutTheFileOfFrequentWords) {
  for (int i = 0; i < 600; ++i) {
    add(fmt::format("{}.md", i), fmt::format("# Note {}\nzebra {} number{}\n", i, std::string(i % 7 * 2, 'z'), i));
  }
  const IndexVersion version = build();
  const auto file = version_directory(indexes_.path(), "kb", version.digest) / frequent_words_file;
  const auto before = search("zebra number7");
  ASSERT_EQ(before.chunks.size(), 5u);
  ASSERT_TRUE(std::filesystem::remove(file));
  retrieval_ = make();
  const auto after = search("zebra number7");
  EXPECT_EQ(titles(after), titles(before));
  EXPECT_EQ(after.chunks[0].score, before.chunks[0].score);
  std::ofstream(file) << "not the words of an index";
  retrieval_ = make();
  const auto broken = retrieval_->search(version.digest, {.text = "zebra"});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::Corrupt);
}

TEST_P(RetrievalTest, LeavesOutAtOnceWhatChangedSinceTheBuild) {
  struct Story {
    std::string_view name;
    std::function<void(ingestion::Document&)> change;
    std::int64_t hidden;
  };
  const std::vector<Story> stories{
      {"deleted", [](auto& d) { d.verdict = ingestion::Verdict::Deleted; }, 0},
      {"quarantined", [](auto& d) { d.verdict = ingestion::Verdict::Quarantined; }, 0},
      {"rejected", [](auto& d) { d.verdict = ingestion::Verdict::Rejected; }, 0},
      {"no longer for retrieval", [](auto& d) { d.uses = {"fine_tuning"}; }, 0},
      {"forbidden", [](auto& d) { d.acl = {{"group:board"}, {}}; }, 1},
      {"denied", [](auto& d) { d.acl.deny = {"everyone"}; }, 1},
  };
  for (const Story& story : stories) {
    SCOPED_TRACE(story.name);
    const Id id = add(fmt::format("{}.md", story.name), "# Old\nzebra crossing\n");
    build();
    ASSERT_THAT(titles(search("zebra")), ElementsAre("Old"));
    documents_.change(id, story.change);
    const auto after = search("zebra");
    EXPECT_THAT(titles(after), IsEmpty());
    EXPECT_EQ(after.hidden_by_acl, story.hidden);
    documents_.forget(id);
    EXPECT_THAT(titles(search("zebra")), IsEmpty());
  }
}

TEST_P(RetrievalTest, LooksFurtherDownWhenTheBestMayNoLongerBeSeen) {
  std::vector<Id> erased;
  for (int i = 0; i < 60; ++i) erased.push_back(add(fmt::format("a{}.md", i), "# A\nzebra zebra zebra\n"));
  for (int i = 0; i < 5; ++i) add(fmt::format("b{}.md", i), "# B\nzebra among many other animals in the zoo\n");
  build();
  for (const Id id : erased) documents_.forget(id);
  EXPECT_EQ(search("zebra").chunks.size(), 5u);
}

TEST_P(RetrievalTest, FailsRatherThanShowWhatItCannotCheck) {
  add("a.md", "# A\nzebra\n");
  build();
  documents_.break_down();
  const auto found = retrieval_->search(retrieval_->live("kb"), {.text = "zebra"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unavailable);
}

TEST_P(RetrievalTest, ScoresAnAbsentQuestionLowAgainstTheBestPossible) {
  for (int i = 0; i < 30; ++i) add(fmt::format("p{}.md", i), fmt::format("# Printer {}\nReset the printer model {}.\n", i, i));
  build();
  const auto present = search("reset printer 7");
  ASSERT_FALSE(present.chunks.empty());
  const auto absent = search("reset the photosynthesis chlorophyll reactor");
  ASSERT_FALSE(absent.chunks.empty());
  EXPECT_GT(present.chunks[0].score / present.best_possible, 0.3);
  EXPECT_LT(absent.chunks[0].score / absent.best_possible, 0.1);
}

TEST_P(RetrievalTest, GivesNothingForAQuestionWithoutWords) {
  add("a.md", "# A\ntext\n");
  build();
  EXPECT_THAT(search("???").chunks, IsEmpty());
  EXPECT_THAT(search("").chunks, IsEmpty());
}

TEST_P(RetrievalTest, BuildsTheSameVersionOnce) {
  add("a.md", "# A\ntext\n");
  const IndexVersion first = build();
  const IndexVersion second = build();
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.built, second.built);
  EXPECT_TRUE(second.is_live);
  EXPECT_EQ(retrieval_->versions("kb")->size(), 1u);
}

TEST_P(RetrievalTest, ShowsAGrantedRightWithTheNextBuild) {
  const Id id = add("a.md", "# A\nzebra\n", {{"group:hr"}, {}});
  const IndexVersion before = build();
  documents_.change(id, [](ingestion::Document& d) { d.acl = {{"everyone"}, {}}; });
  const auto meanwhile = search("zebra");
  EXPECT_THAT(meanwhile.chunks, IsEmpty());
  EXPECT_EQ(meanwhile.hidden_by_acl, 1);
  EXPECT_NE(build().digest, before.digest);
  EXPECT_THAT(titles(search("zebra")), ElementsAre("A"));
}

TEST_P(RetrievalTest, SwitchesBackAndForthByRepointing) {
  add("a.md", "# A\nzebra\n");
  const IndexVersion first = build();
  add("b.md", "# B\nzebra\n");
  const IndexVersion second = build();
  EXPECT_EQ(search("zebra").chunks.size(), 2u);
  ASSERT_TRUE(retrieval_->publish("kb", first.digest, "user/ana"));
  EXPECT_EQ(retrieval_->live("kb"), first.digest);
  EXPECT_EQ(search("zebra").chunks.size(), 1u);
  // The way back was somebody's decision: the next build of the same documents does not undo it.
  auto again = retrieval_->build("kb", {});
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_live);
  EXPECT_EQ(retrieval_->live("kb"), first.digest);
  ASSERT_TRUE(retrieval_->publish("kb", second.digest, "user/ana"));
  EXPECT_EQ(search("zebra").chunks.size(), 2u);
}

TEST_P(RetrievalTest, RemembersWhatIsLiveAcrossARestart) {
  add("a.md", "# A\nzebra\n");
  const IndexVersion built = build();
  std::filesystem::create_directories(indexes_.path() / "kb" / ".build-left");
  retrieval_ = make();
  EXPECT_EQ(retrieval_->live("kb"), built.digest);
  EXPECT_THAT(titles(search("zebra")), ElementsAre("A"));
  EXPECT_FALSE(std::filesystem::exists(indexes_.path() / "kb" / ".build-left"));
}

TEST_P(RetrievalTest, RecoversFilesThatAreMissing) {
  add("a.md", "# A\nzebra\n");
  const IndexVersion built = build();
  std::filesystem::remove_all(indexes_.path() / "kb");
  retrieval_ = make();
  EXPECT_FALSE(retrieval_->versions("kb")->at(0).is_on_disk);
  const auto broken = retrieval_->search(built.digest, {.text = "zebra"});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::Unavailable);
  EXPECT_NE(broken.error().fix, "");
  ASSERT_TRUE(retrieval_->build("kb", {}));
  EXPECT_THAT(titles(search("zebra")), ElementsAre("A"));
  EXPECT_TRUE(retrieval_->versions("kb")->at(0).is_live);
}

TEST_P(RetrievalTest, RemovesFilesOfOldVersionsAndBuildsThemAgainWhenPublished) {
  std::vector<Digest> built;
  for (int i = 0; i < 6; ++i) {
    add(fmt::format("{}.md", i), "# A\nzebra\n");
    built.push_back(build().digest);
  }
  std::map<Digest, bool> on_disk;
  for (const IndexVersion& version : *retrieval_->versions("kb")) on_disk[version.digest] = version.is_on_disk;
  EXPECT_THAT((std::vector<bool>{on_disk[built[0]], on_disk[built[2]], on_disk[built[3]], on_disk[built[5]]}),
              ElementsAre(false, false, true, true));
  ASSERT_TRUE(retrieval_->publish("kb", built[0], "user/ana"));
  EXPECT_EQ(search("zebra").chunks.size(), 1u);
}

TEST_P(RetrievalTest, NamesWhatIsMissing) {
  EXPECT_EQ(retrieval_->build("nope", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(retrieval_->build("kb", {}).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(retrieval_->live("kb").is_none());
  EXPECT_EQ(retrieval_->search({}, {.text = "x"}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(retrieval_->publish("kb", sha256("x"), "a").error().code, ErrorCode::NotFound);
}

TEST_P(RetrievalTest, SearchesFromManyThreadsWhileVersionsSwitch) {
  add("a.md", "# A\nzebra\n");
  const Digest first = build().digest;
  add("b.md", "# B\nzebra\n");
  const Digest second = build().digest;
  std::atomic<int> failures = 0, found = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          const auto result = retrieval_->search(retrieval_->live("kb"), {.text = "zebra"});
          if (result && !result->chunks.empty()) ++found;
          else ++failures;
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(retrieval_->publish("kb", i % 2 == 0 ? first : second, "user/ana"));
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(found, 200);
}

}  // namespace
}  // namespace millwright::retrieval
