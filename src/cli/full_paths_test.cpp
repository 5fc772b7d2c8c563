#include "cli/full_paths.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::cli {
namespace {

TEST(FullPaths, NamesInFullWhatIsThereAndLeavesTheRest) {
  const test::TempDirectory directory;
  directory.write("prompts/a.md", "text");
  directory.write("documents/x.md", "text");
  const std::string yaml =
      "sources:\n  - name: s\n    path: documents\n    acl_rules:\n      - {path: \"x.md\"}\n"
      "prompts:\n  - {name: a, version_of: prompts/a.md}\nsuites:\n  - {name: b, file: missing.yaml}\n";
  const auto full = with_full_paths(yaml, directory.path());
  EXPECT_NE(full.find("path: " + (directory.path() / "documents").string() + "\n"), std::string::npos) << full;
  EXPECT_NE(full.find("version_of: " + (directory.path() / "prompts/a.md").string() + "}"), std::string::npos) << full;
  EXPECT_NE(full.find("{path: \"x.md\"}"), std::string::npos) << full;
  EXPECT_NE(full.find("file: missing.yaml}"), std::string::npos) << full;
}

}  // namespace
}  // namespace millwright::cli
