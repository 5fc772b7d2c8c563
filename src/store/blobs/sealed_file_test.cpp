#include "store/blobs/sealed_file.hpp"

#include <gtest/gtest.h>

#include "store/vault/vault.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

class SealedFile : public testing::Test {
 protected:
  fs::path write(std::string_view name, std::string_view text, std::string context = "file:a") {
    const auto path = directory.path() / "files" / name;
    SealedFileWriter writer(path, std::move(context), *vault);
    for (std::size_t at = 0; at < text.size(); at += 300'000) EXPECT_TRUE(writer.write(text.substr(at, 300'000)));
    EXPECT_EQ(writer.size(), text.size());
    EXPECT_TRUE(writer.finish(Durability::Process));
    return path;
  }
  Result<std::string> read(const fs::path& path, std::string context = "file:a") {
    auto reader = SealedFileReader::open(path, std::move(context), *vault);
    if (!reader) return pass(reader);
    std::string all;
    for (;;) {
      auto piece = reader->next();
      if (!piece) return pass(piece);
      if (!*piece) return all;
      all += **piece;
    }
  }
  test::TempDirectory directory;
  std::unique_ptr<Vault> vault = std::move(*Vault::open(std::string(32, 'k')));
};

TEST_F(SealedFile, GivesBackWhatWasWritten) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, SealedFileWriter::piece_bytes,
                                 SealedFileWriter::piece_bytes + 1, 3 * SealedFileWriter::piece_bytes}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 977) text[i] = static_cast<char>(i);
    EXPECT_EQ(read(write("whole", text)).value(), text) << size;
  }
}

TEST_F(SealedFile, HoldsNothingInTheClear) {
  const auto path = write("secret", std::string(5'000, 's'));
  std::ifstream in(path, std::ios::binary);
  const std::string raw((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(raw.find("ssss"), std::string::npos);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SealedFile, AChangedFileDoesNotOpen) {
  const std::string text(2 * SealedFileWriter::piece_bytes + 10, 'x');
  const auto path = write("changed", text);
  EXPECT_EQ(read(path, "file:b").error().code, ErrorCode::Corrupt);
  const auto size = fs::file_size(path);
  // The last piece is 10 bytes; without it the one before must not pass for the last.
  const auto first = fs::file_size(write("one", std::string(10, 'x')));
  fs::resize_file(path, size - first);
  EXPECT_EQ(read(path).error().code, ErrorCode::Corrupt);
  fs::resize_file(path, 2);
  EXPECT_EQ(read(path).error().code, ErrorCode::Corrupt);
  EXPECT_EQ(read(directory.path() / "none").error().code, ErrorCode::NotFound);
}

TEST_F(SealedFile, AnUnfinishedFileLeavesNothing) {
  const auto path = directory.path() / "files" / "half";
  {
    SealedFileWriter writer(path, "file:a", *vault);
    ASSERT_TRUE(writer.write(std::string(SealedFileWriter::piece_bytes * 2, 'x')));
    EXPECT_TRUE(fs::exists(path.string() + ".part"));
  }
  EXPECT_TRUE(fs::is_empty(path.parent_path()));
}

}  // namespace
}  // namespace millwright::store
