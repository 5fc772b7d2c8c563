#include "store/blobs/blob_store.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "store/vault/vault.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

enum class Kind { Plain, PlainSynced, Sealed };

class BlobStoreTest : public testing::TestWithParam<Kind> {
 protected:
  BlobStoreTest() {
    auto vault = Vault::open(std::string(32, 'k'));
    vault_ = std::move(*vault);
    open();
  }

  void open() {
    auto opened = BlobStore::open("file:" + (directory_.path() / "blobs").string(),
                                  GetParam() == Kind::Sealed ? vault_.get() : nullptr,
                                  GetParam() == Kind::PlainSynced ? Durability::Power : Durability::Process);
    ASSERT_TRUE(opened) << describe(opened.error());
    blobs_ = std::move(*opened);
  }

  /// The only file of the store.
  fs::path only_file() {
    fs::path found;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      if (!entry.is_regular_file()) continue;
      EXPECT_TRUE(found.empty()) << "more than one file";
      found = entry.path();
    }
    return found;
  }

  test::TempDirectory directory_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<BlobStore> blobs_;
};
std::string kind_name(const testing::TestParamInfo<Kind>& kind) {
  if (kind.param == Kind::Sealed) return "Sealed";
  return kind.param == Kind::Plain ? "Plain" : "PlainSynced";
}
INSTANTIATE_TEST_SUITE_P(Kinds, BlobStoreTest, testing::Values(Kind::Plain, Kind::PlainSynced, Kind::Sealed),
                         kind_name);

TEST_P(BlobStoreTest, BytesComeBackUnderTheirDigest) {
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string("\0\1", 2), std::string(3u << 20, 'z')}) {
    auto digest = blobs_->put(bytes);
    ASSERT_TRUE(digest) << describe(digest.error());
    EXPECT_EQ(*digest, sha256(bytes));
    EXPECT_TRUE(blobs_->contains(*digest).value());
    EXPECT_EQ(blobs_->load(*digest).value(), bytes);
  }
  open();
  EXPECT_EQ(blobs_->load(sha256("hello")).value(), "hello") << "after a restart";
}

TEST_P(BlobStoreTest, TheSameBytesAreKeptOnce) {
  ASSERT_TRUE(blobs_->put("hello"));
  ASSERT_TRUE(blobs_->put("hello"));
  EXPECT_FALSE(only_file().empty());
}

TEST_P(BlobStoreTest, WhatIsRemovedIsGone) {
  auto digest = blobs_->put("hello");
  ASSERT_TRUE(blobs_->remove(*digest));
  EXPECT_FALSE(blobs_->contains(*digest).value());
  EXPECT_EQ(blobs_->load(*digest).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(blobs_->remove(*digest)) << "removing what is not there is success";
}

TEST_P(BlobStoreTest, AnAlteredBlobIsCorrupt) {
  auto digest = blobs_->put("hello world");
  const fs::path path = only_file();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(fs::file_size(path)) - 1);
  file.put('!');
  file.close();
  EXPECT_EQ(blobs_->load(*digest).error().code, ErrorCode::Corrupt);
}

TEST_P(BlobStoreTest, ATornBlobIsCorruptUntilItIsPutAgain) {
  auto digest = blobs_->put("hello world");
  fs::resize_file(only_file(), 4);
  EXPECT_EQ(blobs_->load(*digest).error().code, ErrorCode::Corrupt);
  ASSERT_TRUE(blobs_->put("hello world"));
  EXPECT_EQ(blobs_->load(*digest).value(), "hello world");
}

TEST_P(BlobStoreTest, WritersOfTheSameBlobDoNotCollide) {
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int blob = 0; blob < 50; ++blob) failed += blobs_->put("blob " + std::to_string(blob)) ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(failed, 0);
  for (int blob = 0; blob < 50; ++blob) EXPECT_TRUE(blobs_->load(sha256("blob " + std::to_string(blob))));
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
    EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
  }
}

TEST_P(BlobStoreTest, FilesArePrivate) {
  ASSERT_TRUE(blobs_->put("hello"));
  EXPECT_EQ(fs::status(only_file()).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST(BlobStoreOpenTest, ASealedBlobHidesItsContentAndNeedsItsKey) {
  test::TempDirectory directory;
  const std::string url = "file:" + directory.path().string();
  auto vault = Vault::open(std::string(32, 'k')), other = Vault::open(std::string(32, 'o'));
  auto digest = (*BlobStore::open(url, vault->get()))->put("a very secret sentence");
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("secret"), std::string::npos);
  }
  EXPECT_EQ((*BlobStore::open(url, nullptr))->load(*digest).error().code, ErrorCode::Unavailable);
  EXPECT_EQ((*BlobStore::open(url, other->get()))->load(*digest).error().code, ErrorCode::Corrupt);
  EXPECT_EQ((*BlobStore::open(url, vault->get()))->load(*digest).value(), "a very secret sentence");
}

TEST(BlobStoreOpenTest, PlainBlobsStayReadableOnceAVaultSeals) {
  test::TempDirectory directory;
  const std::string url = "file:" + directory.path().string();
  auto digest = (*BlobStore::open(url, nullptr))->put("old");
  auto vault = Vault::open(std::string(32, 'k'));
  EXPECT_EQ((*BlobStore::open(url, vault->get()))->load(*digest).value(), "old");
}

/// Moves every blob to where stores of before kept it: DIR/ab/cd/<digest>.
void move_to_old_places(const fs::path& directory) {
  std::vector<fs::path> blobs;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) blobs.push_back(entry.path());
  }
  ASSERT_FALSE(blobs.empty());
  for (const fs::path& blob : blobs) {
    const fs::path folder = blob.parent_path() / blob.filename().string().substr(2, 2);
    fs::create_directories(folder);
    fs::rename(blob, folder / blob.filename());
  }
}

TEST_P(BlobStoreTest, BlobsOfAnOlderStoreAreFoundAndNotWrittenAgain) {
  const auto digest = blobs_->put("hello");
  ASSERT_NO_FATAL_FAILURE(move_to_old_places(directory_.path() / "blobs"));
  EXPECT_TRUE(blobs_->contains(*digest).value());
  EXPECT_EQ(blobs_->load(*digest).value(), "hello");
  ASSERT_TRUE(blobs_->put("hello"));
  EXPECT_FALSE(only_file().empty());
  ASSERT_TRUE(blobs_->remove(*digest));
  EXPECT_FALSE(blobs_->contains(*digest).value());
  EXPECT_EQ(only_file(), fs::path());
}

TEST_P(BlobStoreTest, ABlobTakesOneFolderAtMost) {
  for (int blob = 0; blob < 600; ++blob) ASSERT_TRUE(blobs_->put("blob " + std::to_string(blob)));
  std::size_t folders = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path() / "blobs")) folders += entry.is_directory();
  EXPECT_LE(folders, 256u);
}

TEST(BlobStoreOpenTest, UnknownPlacesAreRefused) {
  for (const char* url : {"", "file:", "http://x", "/tmp"}) {
    auto opened = BlobStore::open(url, nullptr);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, ErrorCode::InvalidConfig);
  }
}

}  // namespace
}  // namespace millwright::store
