#include "extensions/connectors/filesystem.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::extensions {
namespace {

using ingestion::SourceItem;

class Filesystem : public testing::Test {
 protected:
  std::unique_ptr<ingestion::Connector> connector(std::vector<std::string> include = {}, std::vector<std::string> exclude = {}) {
    ingestion::SourceConfig source;
    source.kind = "filesystem";
    source.path = root().string();
    source.include = std::move(include);
    source.exclude = std::move(exclude);
    return make_filesystem_connector(source);
  }
  std::map<std::string, SourceItem> listing(ingestion::Connector& from) {
    std::map<std::string, SourceItem> items;
    const auto listed = from.list([&](SourceItem item) -> Result<void> {
      std::string path = item.path;
      items.emplace(std::move(path), std::move(item));
      return {};
    });
    EXPECT_TRUE(listed) << listed.error().message;
    return items;
  }
  std::string paths(const std::map<std::string, SourceItem>& items) {
    std::string out;
    for (const auto& [path, item] : items) out += path + (item.refused.empty() ? "" : "(refused)") + " ";
    return out;
  }
  std::filesystem::path root() const { return directory_.path() / "root"; }
  void write(const std::string& path, std::string_view text) { directory_.write("root/" + path, text); }
  test::TempDirectory directory_;
};

TEST_F(Filesystem, ListsWhatThePatternsAskFor) {
  write("a.md", "a");
  write("sub/b.md", "b");
  write("sub/c.txt", "c");
  write("old/d.md", "d");
  write(".git/e.md", "e");
  EXPECT_EQ(paths(listing(*connector())), "a.md old/d.md sub/b.md sub/c.txt ");
  EXPECT_EQ(paths(listing(*connector({"**/*.md"}, {"old/**"}))), "a.md sub/b.md ");
  EXPECT_EQ(paths(listing(*connector({"*.md"}))), "a.md ");
}

TEST_F(Filesystem, LinksThatLeaveAreRefused) {
  directory_.write("outside/secret.md", "secret");
  write("a.md", "a");
  std::filesystem::create_symlink("a.md", root() / "inside.md");
  std::filesystem::create_symlink("../outside/secret.md", root() / "relative.md");
  std::filesystem::create_symlink(directory_.path() / "outside/secret.md", root() / "absolute.md");
  std::filesystem::create_directory_symlink(directory_.path() / "outside", root() / "folder");
  const auto from = connector();
  const auto items = listing(*from);
  EXPECT_EQ(paths(items), "a.md absolute.md(refused) folder(refused) inside.md relative.md(refused) ");
  EXPECT_EQ(from->fetch(items.at("inside.md"), 100).value_or(""), "a");
  EXPECT_FALSE(from->fetch(items.at("absolute.md"), 100));
  EXPECT_FALSE(from->fetch({.path = "folder/secret.md"}, 100));
  EXPECT_FALSE(from->fetch({.path = "../outside/secret.md"}, 100));
}

TEST_F(Filesystem, PipesAreRefusedWithoutWaiting) {
  write("a.md", "a");
  ASSERT_EQ(::mkfifo((root() / "pipe.md").c_str(), 0600), 0);
  const auto from = connector();
  EXPECT_EQ(paths(listing(*from)), "a.md pipe.md(refused) ");
  EXPECT_FALSE(from->fetch({.path = "pipe.md"}, 100));
}

TEST_F(Filesystem, AMissingFolderFailsTheListing) {
  const auto listed = connector()->list([](SourceItem) -> Result<void> { return {}; });
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::NotFound);
}

TEST_F(Filesystem, AnUnreadableFolderFailsTheListing) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads every folder";
  write("a.md", "a");
  write("closed/b.md", "b");
  std::filesystem::permissions(root() / "closed", std::filesystem::perms::none);
  const auto listed = connector()->list([](SourceItem) -> Result<void> { return {}; });
  std::filesystem::permissions(root() / "closed", std::filesystem::perms::owner_all);
  EXPECT_FALSE(listed);
}

TEST_F(Filesystem, TheTokenFollowsTheContentAndTheIdentityARename) {
  write("a.md", "one");
  const auto from = connector();
  const SourceItem first = listing(*from).at("a.md");
  EXPECT_EQ(first.change_token, listing(*from).at("a.md").change_token);
  std::filesystem::rename(root() / "a.md", root() / "b.md");
  EXPECT_EQ(listing(*from).at("b.md").identity, first.identity);
  write("b.md", "longer");
  EXPECT_NE(listing(*from).at("b.md").identity, first.identity);
  EXPECT_NE(listing(*from).at("b.md").change_token, first.change_token);
}

TEST_F(Filesystem, FetchHoldsItsLimit) {
  write("a.md", "0123456789");
  const auto bytes = connector()->fetch({.path = "a.md"}, 5);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(connector()->fetch({.path = "gone.md"}, 5).error().code, ErrorCode::NotFound);
}

TEST_F(Filesystem, UrisAreEncoded) {
  write("a b%.md", "x");
  EXPECT_TRUE(listing(*connector()).at("a b%.md").uri.ends_with("/a%20b%25.md"));
}

TEST_F(Filesystem, SeesChangesInOldAndNewFolders) {
  write("a.md", "a");
  const auto from = connector();
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));    // the first look
  EXPECT_FALSE(from->wait_for_change(Duration(1)));
  write("a.md", "b");
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));
  write("new/deep/c.md", "c");
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));
  write("new/deep/c.md", "d");
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));
  std::filesystem::remove(root() / "a.md");
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));
}

TEST_F(Filesystem, WakingEndsTheWait) {
  write("a.md", "a");
  const auto from = connector();
  EXPECT_TRUE(from->wait_for_change(Duration(60'000)));
  auto waiting = std::async(std::launch::async, [&] { return from->wait_for_change(Duration(600'000)); });
  from->wake();
  EXPECT_FALSE(waiting.get());
}

}  // namespace
}  // namespace millwright::extensions
