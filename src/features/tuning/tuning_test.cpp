#include "features/tuning/tuning.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "features/retrieval/retrieval.hpp"
#include "tests/fakes/documents.hpp"
#include "tests/support/database.hpp"

namespace millwright::tuning {
namespace {

using testing::HasSubstr;

class TuningTest : public testing::Test {
 protected:
  TuningTest() {
    std::vector<store::Migration> schema(audit::migrations().begin(), audit::migrations().end());
    schema.insert(schema.end(), registry::migrations().begin(), registry::migrations().end());
    database_.migrate(schema);
    vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
    blobs_ = std::move(*store::BlobStore::open("file:" + (directory_.path() / "blobs").string(), nullptr));
    audit_ = std::move(*audit::Audit::open(database_.database(), database_.writer(), *vault_, system_clock(),
                                           {.data_directory = directory_.path()}));
    registry_ = std::move(*registry::Registry::open(database_.database(), database_.writer(), *blobs_, *audit_,
                                                    system_clock()));
    tuning_ = make_tuning({&documents_, &datasets_, registry_.get(), audit_.get()});
  }
  Id add(const std::string& path, const std::string& text, std::vector<std::string> uses = {"fine_tuning"}) {
    const Id id = documents_.add(path, fakes::parsed_lines(text));
    documents_.change(id, [&](ingestion::Document& document) { document.uses = std::move(uses); });
    return id;
  }
  /// Approves what is there, as an artifact of the registry, as curation does.
  void approve() {
    datasets_.approve_now();
    const auto artifact = registry_->put({.kind = registry::Kind::Dataset, .name = "docs", .bytes = "members",
                                          .created_by = "test"});
    ASSERT_TRUE(artifact) << artifact.error().message;
    datasets_.rename_newest(artifact->digest);
  }
  std::string lines(const Corpus& corpus) {
    std::string all = registry_->load_bytes(corpus.training).value();
    if (!corpus.validation.is_none()) all += registry_->load_bytes(corpus.validation).value();
    return all;
  }

  test::TempDirectory directory_;
  test::TestDatabase database_{store::Engine::Sqlite};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<registry::Registry> registry_;
  fakes::Documents documents_;
  fakes::Datasets datasets_{documents_};
  std::unique_ptr<Tuning> tuning_;
};

std::string article(int number) {
  return fmt::format("# Guide {}\n## How do I reset device {}?\nHold the button of device {} for ten seconds, then wait for it.\n",
                     number, number, number);
}

TEST_F(TuningTest, WritesOneChatExampleASection) {
  for (int i = 0; i < 40; ++i) add(fmt::format("{}.md", i), article(i));
  approve();
  const auto corpus = tuning_->export_corpus({.dataset = "docs", .system_prompt = "Be brief.", .actor = "ana"});
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_EQ(corpus->documents, 40);
  EXPECT_EQ(corpus->training_examples + corpus->validation_examples, 40);
  for (const std::string_view line : split(registry_->load_bytes(corpus->training).value(), '\n')) {
    if (line.empty()) continue;
    const auto example = parse_json_object(line);
    ASSERT_TRUE(example);
    const json::array& messages = example->at("messages").as_array();
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[0].at("content").as_string(), "Be brief.");
    EXPECT_THAT(std::string(messages[1].at("content").as_string()), HasSubstr("How do I reset device"));
    EXPECT_EQ(messages[2].at("role").as_string(), "assistant");
  }
  const auto manifest = registry_->load(corpus->manifest);
  ASSERT_TRUE(manifest);
  EXPECT_GE(manifest->parents.size(), 2u);
}

TEST_F(TuningTest, GivesTheSameArtifactsAgain) {
  for (int i = 0; i < 5; ++i) add(fmt::format("{}.md", i), article(i));
  approve();
  const CorpusRequest request{.dataset = "docs", .actor = "ana"};
  const auto first = tuning_->export_corpus(request), second = tuning_->export_corpus(request);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->training, second->training);
  EXPECT_EQ(first->manifest, second->manifest);
}

TEST_F(TuningTest, LeavesOutWhatMayNotBeLearned) {
  for (int i = 100; i < 120; ++i) add(fmt::format("good{}.md", i), article(i));
  add("retrieval-only.md", article(2), {"retrieval"});
  struct Story {
    std::string path;
    std::function<void(ingestion::Document&)> change;
    std::string reason;
  };
  const std::vector<Story> stories{
      {"deleted.md", [](auto& d) { d.verdict = ingestion::Verdict::Deleted; }, "deleted"},
      {"quarantined.md", [](auto& d) { d.verdict = ingestion::Verdict::Quarantined; }, "quarantined or rejected"},
      {"copy.md", [](auto& d) { d.verdict = ingestion::Verdict::Duplicate; }, "duplicate or stale"},
      {"secret.md", [](auto& d) { d.data_class = policy::DataClass::Restricted; }, "class too high"},
      {"people.md", [](auto& d) { d.tags = {"pii.email"}; }, "personal data, secrets or hidden instructions"},
  };
  int number = 10;
  for (const Story& story : stories) documents_.change(add(story.path, article(number++)), story.change);
  approve();
  const auto corpus = tuning_->export_corpus({.dataset = "docs", .actor = "ana"});
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_EQ(corpus->documents, 20);
  for (const Story& story : stories) EXPECT_EQ(corpus->skipped.at(story.reason), 1) << story.path;
  EXPECT_EQ(corpus->skipped.at("not for fine-tuning"), 1);
  EXPECT_EQ(lines(*corpus).find("device 2 "), std::string::npos);
}

TEST_F(TuningTest, KeepsNoAnswerTwice) {
  for (int i = 0; i < 30; ++i) add(fmt::format("{}.md", i), article(7));
  for (int i = 100; i < 120; ++i) add(fmt::format("{}.md", i), article(i));
  approve();
  const auto corpus = tuning_->export_corpus({.dataset = "docs", .actor = "ana"});
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_EQ(corpus->skipped.at("duplicate"), 29);
  EXPECT_EQ(corpus->training_examples + corpus->validation_examples, 21);
}

TEST_F(TuningTest, NamesWhatIsMissing) {
  EXPECT_EQ(tuning_->export_corpus({.dataset = "docs"}).error().code, ErrorCode::NotFound);
  add("a.md", article(1), {"retrieval"});
  approve();
  const auto nothing = tuning_->export_corpus({.dataset = "docs", .actor = "ana"});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::Conflict);
  EXPECT_THAT(nothing.error().fix, HasSubstr("fine_tuning"));
}

}  // namespace
}  // namespace millwright::tuning
