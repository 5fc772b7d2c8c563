#include "cli/files.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "cli/context.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::cli {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  stat(path.c_str(), &info);
  return info.st_mode & 07777;
}

TEST(ReplaceFile, KeepsModeFollowsLinksAndLeavesNothingBehind) {
  const test::TempDirectory directory;
  const auto file = directory.write("a.yaml", "old");
  chmod(file.c_str(), 0640);
  const auto link = directory.path() / "link.yaml";
  std::filesystem::create_symlink(file, link);
  ASSERT_TRUE(replace_file(link, "new"));
  EXPECT_EQ(read_input(file.string()).value(), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(mode_of(file), 0640u);
  ASSERT_TRUE(replace_file(directory.path() / "secret", "x", 0600));
  EXPECT_EQ(mode_of(directory.path() / "secret"), 0600u);
  EXPECT_EQ(replace_file(directory.path() / "none" / "x", "x").error().code, ErrorCode::InvalidInput);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "a.yaml.new"));
}

}  // namespace
}  // namespace millwright::cli
