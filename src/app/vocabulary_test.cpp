#include "app/vocabulary.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "extensions/graders/all.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/repository.hpp"

namespace millwright::app {
namespace {

namespace fs = std::filesystem;

fs::path examples() { return test::repository() / "examples"; }

std::string read(const fs::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Vocabulary, AcceptsTheExample) {
  const auto graders = extensions::make_graders();
  const auto file = examples() / "helpdesk" / "millwright.yaml";
  const auto loaded = configuration::load_files(file, make_vocabulary(file.parent_path(), graders));
  ASSERT_TRUE(loaded) << describe(configuration::join_faults(loaded.error()));
  EXPECT_GT(loaded->objects.size(), 5u);
}

TEST(Vocabulary, SchemaAcceptsEveryExample) {
  const auto graders = extensions::make_graders();
  const auto vocabulary = make_vocabulary(examples() / "helpdesk", graders);
  const auto schema = parse_json_object(config::render_json_schema(vocabulary.sections)).value();
  for (const auto* name : {"helpdesk/millwright.yaml", "onboarding/onboarding.yaml"}) {
    const auto tree = config::parse_yaml(read(examples() / name), name);
    ASSERT_TRUE(tree && tree->is_set()) << name;
    EXPECT_EQ(test::first_refused(schema, test::as_editor_sees(*tree)), "") << name;
  }
}

TEST(Vocabulary, EverySectionHasARowInTheReference) {
  const auto graders = extensions::make_graders();
  const auto vocabulary = make_vocabulary(examples(), graders);
  const auto text = config::render_reference(vocabulary.sections);
  for (const auto& section : vocabulary.sections) {
    EXPECT_NE(text.find("\n## " + section.key + "\n"), std::string::npos) << section.key;
    EXPECT_FALSE(section.spec.description.empty()) << section.key;
  }
}

}  // namespace
}  // namespace millwright::app
