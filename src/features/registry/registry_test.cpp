#include "features/registry/registry.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "features/registry/registry_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::registry {
namespace {

class RegistryTest : public testing::TestWithParam<store::Engine> {
 protected:
  RegistryTest() {
    holder_.migrate(migrations());
    vault_ = std::move(store::Vault::open(std::string(32, 'k')).value());
    audit_ = std::move(audit::Audit::open(holder_.database(), holder_.writer(), *vault_, system_clock(),
                                          {.data_directory = holder_.directory()}).value());
    blobs_ = std::move(store::BlobStore::open("file:" + (holder_.directory() / "blobs").string(), nullptr).value());
    registry_ = std::move(
        Registry::open(holder_.database(), holder_.writer(), *blobs_, *audit_, system_clock()).value());
  }

  Artifact put(Kind kind, std::string name, std::string_view bytes, std::vector<Digest> parents = {}) {
    auto artifact = registry_->put({.kind = kind, .name = std::move(name), .bytes = bytes,
                                    .parents = std::move(parents), .metadata = {}, .created_by = "user/ada"});
    EXPECT_TRUE(artifact) << describe(artifact.error());
    return artifact.value();
  }
  static std::string names(const std::vector<LineageStep>& steps) {
    std::string text;
    for (const LineageStep& step : steps) text += fmt::format("{}:{} ", step.artifact.name, step.depth);
    return text;
  }

  test::TestDatabase holder_{GetParam(), audit::migrations()};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<Registry> registry_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RegistryTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(RegistryTest, EveryStatementIsAccepted) { EXPECT_EQ(test::faults_of(holder_.database(), sql::all), ""); }

TEST_P(RegistryTest, AnArtifactComesBackWhole) {
  const Artifact document = put(Kind::Document, "handbook/ch01.html", "text");
  auto made = registry_->put({.kind = Kind::Prompt, .name = "helpdesk", .bytes = "You answer.",
                              .parents = {document.digest, document.digest}, .metadata = {{"tone", "kind"}},
                              .created_by = "user/ada"});
  ASSERT_TRUE(made) << describe(made.error());
  auto loaded = registry_->load(made->digest);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->kind, Kind::Prompt);
  EXPECT_EQ(loaded->name, "helpdesk");
  EXPECT_EQ(loaded->version, 1);
  EXPECT_EQ(loaded->size_bytes, 11);
  EXPECT_EQ(loaded->parents, std::vector<Digest>{document.digest});
  EXPECT_EQ(loaded->metadata.at("tone"), "kind");
  EXPECT_EQ(loaded->content_digest, sha256("You answer."));
  EXPECT_EQ(registry_->load_bytes(made->digest).value(), "You answer.");
  EXPECT_EQ(audit_->list({.action = "artifact.put"}, "", 10)->records.size(), 2U);
}

TEST_P(RegistryTest, VersionsCountWithinAName) {
  EXPECT_EQ(put(Kind::Prompt, "helpdesk", "one").version, 1);
  EXPECT_EQ(put(Kind::Prompt, "helpdesk", "two").version, 2);
  EXPECT_EQ(put(Kind::Prompt, "other", "one").version, 1);
  EXPECT_EQ(put(Kind::Route, "helpdesk", "one").version, 1);
  EXPECT_EQ(put(Kind::Prompt, "helpdesk", "one").version, 1) << "the same again is the one that is there";
  EXPECT_EQ(registry_->find(Kind::Prompt, "helpdesk").value()->version, 2);
  EXPECT_EQ(registry_->find(Kind::Prompt, "helpdesk", 1).value()->content_digest, sha256("one"));
  EXPECT_FALSE(registry_->find(Kind::Prompt, "helpdesk", 3).value());
  EXPECT_FALSE(registry_->find(Kind::Prompt, "nobody").value());
}

TEST_P(RegistryTest, EverythingIsPartOfTheDigest) {
  const Artifact base = put(Kind::Prompt, "a", "x");
  const Artifact parent = put(Kind::Document, "d", "y");
  EXPECT_NE(put(Kind::Prompt, "b", "x").digest, base.digest);
  EXPECT_NE(put(Kind::Suite, "a", "x").digest, base.digest);
  EXPECT_NE(put(Kind::Prompt, "a", "z").digest, base.digest);
  EXPECT_NE(put(Kind::Prompt, "a", "x", {parent.digest}).digest, base.digest);
  auto other = registry_->put({.kind = Kind::Prompt, .name = "a", .bytes = "x", .parents = {},
                               .metadata = {{"k", 1}}, .created_by = "user/ada"});
  EXPECT_NE(other->digest, base.digest);
}

TEST_P(RegistryTest, ArtifactsThatCannotBeAreRefused) {
  const auto code = [&](NewArtifact artifact) { return registry_->put(std::move(artifact)).error().code; };
  for (const char* name : {"", "Upper", "-x", "a b", "../x", "ä"}) {
    EXPECT_EQ(code({.name = name, .bytes = "x", .parents = {}, .metadata = {}, .created_by = "a"}),
              ErrorCode::InvalidInput) << name;
  }
  EXPECT_EQ(code({.name = "x", .bytes = "x", .parents = {}, .metadata = {}, .created_by = ""}),
            ErrorCode::InvalidInput);
  EXPECT_EQ(code({.name = "x", .bytes = "x", .parents = {sha256("nowhere")}, .metadata = {}, .created_by = "a"}),
            ErrorCode::InvalidInput);
  EXPECT_EQ(code({.name = "x", .bytes = "x", .parents = {}, .metadata = {{"x", std::string(300'000, 'x')}},
                  .created_by = "a"}), ErrorCode::TooLarge);
  EXPECT_EQ(registry_->load(sha256("nowhere")).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(registry_->list({}, "", 10)->artifacts.empty()) << "a refused artifact leaves nothing";
}

TEST_P(RegistryTest, LineageGoesUpAndDown) {
  const Artifact page = put(Kind::Document, "page", "p"), note = put(Kind::Document, "note", "n");
  const Artifact dataset = put(Kind::Dataset, "it-kb", "d", {page.digest, note.digest});
  const Artifact index = put(Kind::Index, "it-kb", "i", {dataset.digest});
  const Artifact prompt = put(Kind::Prompt, "helpdesk", "t");
  const Artifact release = put(Kind::Release, "helpdesk", "r", {index.digest, prompt.digest, dataset.digest});
  EXPECT_EQ(names(registry_->ancestors(release.digest).value()),
            "it-kb:1 it-kb:1 helpdesk:1 note:2 page:2 ") << "a shorter way counts";
  EXPECT_EQ(names(registry_->descendants(page.digest).value()), "it-kb:1 it-kb:2 helpdesk:2 ");
  EXPECT_EQ(names(registry_->descendants(release.digest).value()), "");
  EXPECT_EQ(registry_->ancestors(release.digest, 2)->size(), 2U);
}

TEST_P(RegistryTest, ALongChainAndManyWaysEndSoon) {
  // Every layer has two artifacts, each made from both of the layer before: 2^30 ways, 60 artifacts.
  std::vector<Digest> layer{put(Kind::Document, "a0", "a").digest, put(Kind::Document, "b0", "b").digest};
  const Digest first = layer[0];
  for (int depth = 1; depth < 30; ++depth) {
    layer = {put(Kind::Dataset, fmt::format("a{}", depth), "a", layer).digest,
             put(Kind::Dataset, fmt::format("b{}", depth), "b", layer).digest};
  }
  EXPECT_EQ(registry_->ancestors(layer[0])->size(), 58U);
  EXPECT_EQ(registry_->descendants(first)->back().depth, 29);
}

TEST_P(RegistryTest, ReferencesOfPeopleAreResolved) {
  const Artifact one = put(Kind::Prompt, "helpdesk", "one"), two = put(Kind::Prompt, "helpdesk", "two");
  const Artifact odd = put(Kind::Dataset, "it-kb@7", "x");
  EXPECT_EQ(registry_->resolve("prompt/helpdesk")->digest, two.digest);
  EXPECT_EQ(registry_->resolve("prompt/helpdesk@1")->digest, one.digest);
  EXPECT_EQ(registry_->resolve("dataset/it-kb@7")->digest, odd.digest) << "an @ in a name";
  EXPECT_EQ(registry_->resolve(one.digest.text())->digest, one.digest);
  EXPECT_EQ(registry_->resolve(one.digest.text().substr(0, 12))->digest, one.digest);
  for (const auto& [reference, code] :
       {std::pair("prompt/helpdesk@9", ErrorCode::NotFound), std::pair("prompt/none", ErrorCode::NotFound),
        std::pair("thing/x", ErrorCode::InvalidInput), std::pair("abc", ErrorCode::InvalidInput),
        std::pair("helpdesk", ErrorCode::InvalidInput), std::pair("", ErrorCode::InvalidInput),
        std::pair("0123456789", ErrorCode::NotFound)}) {
    EXPECT_EQ(registry_->resolve(reference).error().code, code) << reference;
  }
}

TEST_P(RegistryTest, ListsPageAndFilter) {
  for (int i = 0; i < 7; ++i) put(i % 2 == 0 ? Kind::Prompt : Kind::Suite, i < 4 ? "a" : "b", std::to_string(i));
  std::set<std::string> seen;
  std::string cursor;
  do {
    auto page = registry_->list({}, cursor, 3);
    ASSERT_TRUE(page) << describe(page.error());
    for (const Artifact& artifact : page->artifacts) EXPECT_TRUE(seen.insert(artifact.digest.text()).second);
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(registry_->list({.kind = Kind::Prompt, .name = {}}, "", 100)->artifacts.size(), 4U);
  EXPECT_EQ(registry_->list({.kind = Kind::Prompt, .name = "a"}, "", 100)->artifacts.size(), 2U);
  EXPECT_EQ(registry_->list({.kind = {}, .name = "b"}, "", 100)->artifacts.size(), 3U);
  for (const char* bad : {"nonsense", "12-x", "-", "1"}) {
    EXPECT_EQ(registry_->list({}, bad, 10).error().code, ErrorCode::InvalidInput) << bad;
  }
}

TEST_P(RegistryTest, WritersOfTheSameNameGetVersionsWithoutGap) {
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([this, thread] {
        for (int i = 0; i < 10; ++i) put(Kind::Report, "r", fmt::format("{} {}", thread, i));
      });
    }
  }
  EXPECT_EQ(registry_->find(Kind::Report, "r").value()->version, 40);
  EXPECT_EQ(registry_->list({}, "", 100)->artifacts.size(), 40U);
}

TEST_P(RegistryTest, LostBytesAreToldAsCorruptOrMissing) {
  const Artifact artifact = put(Kind::Prompt, "a", "x");
  ASSERT_TRUE(blobs_->remove(artifact.content_digest));
  EXPECT_EQ(registry_->load_bytes(artifact.digest).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(registry_->load(artifact.digest));
  put(Kind::Prompt, "a", "x");
  EXPECT_EQ(registry_->load_bytes(artifact.digest).value(), "x") << "putting it again heals it";
}

}  // namespace
}  // namespace millwright::registry
