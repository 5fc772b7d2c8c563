#include <gtest/gtest.h>

#include "features/delivery/delivery.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::delivery {
namespace {

TEST(ParsePrompts, ReadsFilesBesideTheConfiguration) {
  const test::TempDirectory directory;
  directory.write("prompts/a.md", "Answer from the passages.");
  directory.write("prompts/blank.md", " \n");
  directory.write("prompts/broken.md", "\xff\xfe");
  auto parse = [&](const std::string& file) {
    auto tree = config::parse_yaml("prompts: [{name: a, version_of: " + file + "}]\n", "t.yaml");
    auto valid = config::validate(std::move(*tree), {prompts_section()});
    return parse_prompts((*valid)["prompts"], directory.path().string());
  };
  const auto good = parse("prompts/a.md");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->at(0).text, "Answer from the passages.");
  for (const std::string file : {"prompts/none.md", "prompts/blank.md", "prompts/broken.md", "prompts"}) {
    const auto bad = parse(file);
    ASSERT_FALSE(bad) << file;
    EXPECT_EQ(bad.error().where.line, 1u);
  }
}

}  // namespace
}  // namespace millwright::delivery
