#include "api/ops/data_directory.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::api {
namespace {

namespace fs = std::filesystem;

class DataDirectory : public testing::Test {
 protected:
  DataDirectory() {
    for (const auto* name : {"vault.key", "lock"}) chmod(directory_.write(name, "x").c_str(), 0600);
    for (const auto* name : {"blobs", "indexes"}) fs::create_directory(directory_.path() / name);
    chmod(directory_.path().c_str(), 0700);
  }
  Checks run(Repair repair) {
    return check_data_directory(directory_.path(), directory_.path() / "millwright.yaml", repair);
  }
  static const Check& find(const Checks& checks, std::string_view name) {
    return *std::ranges::find(checks, name, [](const Check& check) { return std::string_view(check.name); });
  }

  test::TempDirectory directory_;
};

TEST_F(DataDirectory, IsFineAsTheServerMakesIt) { EXPECT_EQ(worst_status(run(Repair::Report)), "ok"); }

TEST_F(DataDirectory, OpenModesAreFoundAndMended) {
  chmod((directory_.path() / "vault.key").c_str(), 0644);
  chmod(directory_.path().c_str(), 0755);
  const auto found = run(Repair::Report);
  EXPECT_EQ(find(found, "vault key").status, "failure");
  EXPECT_TRUE(find(found, "vault key").is_mendable);
  EXPECT_NE(find(found, "vault key").fix.find("chmod go-rwx"), std::string::npos);
  EXPECT_EQ(find(found, "data directory").status, "failure");
  const auto mended = run(Repair::Mend);
  EXPECT_EQ(worst_status(mended), "ok");
  EXPECT_TRUE(find(mended, "vault key").is_mended);
  EXPECT_FALSE(find(run(Repair::Report), "vault key").is_mended);
}

TEST_F(DataDirectory, MissingDirectoriesAreMadeAndFilesInTheirPlaceAreLeftAlone) {
  fs::remove(directory_.path() / "blobs");
  fs::remove(directory_.path() / "indexes");
  directory_.write("indexes", "a file");
  const auto mended = run(Repair::Mend);
  EXPECT_TRUE(find(mended, "blobs directory").is_mended);
  EXPECT_TRUE(fs::is_directory(directory_.path() / "blobs"));
  EXPECT_EQ(find(mended, "indexes directory").status, "failure");
  EXPECT_TRUE(fs::is_regular_file(directory_.path() / "indexes"));
}

TEST_F(DataDirectory, UnfinishedWritesAreRemoved) {
  directory_.write("conf.d/more.yaml.new", "half");
  EXPECT_EQ(worst_status(run(Repair::Report)), "warning");
  EXPECT_TRUE(fs::exists(directory_.path() / "conf.d/more.yaml.new"));
  EXPECT_EQ(worst_status(run(Repair::Mend)), "ok");
  EXPECT_FALSE(fs::exists(directory_.path() / "conf.d/more.yaml.new"));
}

}  // namespace
}  // namespace millwright::api
