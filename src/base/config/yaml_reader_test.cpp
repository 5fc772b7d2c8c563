#include <gtest/gtest.h>

#include "base/config/node.hpp"

namespace millwright::config {
namespace {

TEST(ParseYaml, KeepsPlacesAndPaths) {
  const auto tree = parse_yaml("models:\n  - name: small\n    price: {input: 1}\n", "a.yaml");
  ASSERT_TRUE(tree.has_value());
  const auto& input = (*tree)["models"].items()[0]["price"]["input"];
  EXPECT_EQ(input.text(), "1");
  EXPECT_EQ(input.where().source, "a.yaml");
  EXPECT_EQ(input.where().field, "models[0].price.input");
  EXPECT_EQ(input.where().line, 3u);
  EXPECT_EQ(input.where().column, 20u);
  EXPECT_FALSE((*tree)["nothing"]["below"].is_set());
}

TEST(ParseYaml, RefusesWithLineAndColumn) {
  struct Case {
    std::string_view name, text, message;
    std::uint32_t line, column;
  };
  for (const auto& [name, text, message, line, column] : {
           Case{"duplicate key", "a: 1\nb: 2\na: 3\n", "already in line 1", 3, 1},
           Case{"nested duplicate", "x:\n  a: 1\n  a: 2\n", "already in line 2", 3, 3},
           Case{"anchor", "a: &x 1\n", "anchors", 1, 4},
           Case{"alias", "a: &x 1\nb: *x\n", "anchors", 1, 4},
           Case{"tag", "a: !!str 1\n", "tags", 1, 4},
           Case{"own tag", "a: !secret x\n", "tags", 1, 4},
           Case{"second document", "a: 1\n---\nb: 2\n", "second YAML document", 2, 1},
           Case{"syntax", "a: [1, 2\nb: 3\n", "not YAML", 2, 2},
           Case{"tab", "a:\n\tb: 1\n", "not YAML", 2, 3},
           Case{"complex key", "? [a, b]\n: 1\n", "a key must be a name", 1, 3},
           Case{"null key", "~: 1\n", "a key must be a name", 1, 1},
           Case{"invalid UTF-8", "a: 1\nb: x\xff\n", "UTF-8", 2, 5},
           Case{"half a surrogate", "a: \"\\ud800\"\n", "invalid unicode", 1, 11},
           Case{"bare byte", "a: \"\\N\"\n", "valid character", 1, 4},
           Case{"character 0", "a: \"x\\0\"\n", "character 0", 1, 4},
           Case{"control character", "a: x\x04y\n", "control character 0x04", 1, 5},
           Case{"open single quote", "a: 'x\n\n", "never closed", 1, 4},
           Case{"open double quote", "a: \"x\\\"\n\n", "never closed", 1, 4},
           Case{"open after a doubled quote", "b: 'it''s'\na: 'it''\n\n", "never closed", 2, 4},
       }) {
    const auto tree = parse_yaml(text, "f.yaml");
    ASSERT_FALSE(tree.has_value()) << name;
    const auto& fault = tree.error().front();
    EXPECT_NE(fault.message.find(message), std::string::npos) << name << ": " << fault.message;
    EXPECT_EQ(fault.where.line, line) << name << ": " << fault.message;
    EXPECT_EQ(fault.where.column, column) << name << ": " << fault.message;
    EXPECT_EQ(fault.code, ErrorCode::InvalidConfig);
  }
}

TEST(ParseYaml, CollectsAllFaults) {
  const auto tree = parse_yaml("a: &x 1\nb: *x\na: 2\nc: !t 3\n", "f.yaml");
  ASSERT_FALSE(tree.has_value());
  ASSERT_EQ(tree.error().size(), 4u);
  EXPECT_EQ(tree.error()[2].where.line, 3u);
  EXPECT_EQ(tree.error()[3].where.line, 4u);
}

TEST(ParseYaml, IsBounded) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "[";
  EXPECT_FALSE(parse_yaml(deep + std::string(40, ']'), "f").has_value());
  EXPECT_FALSE(parse_yaml(std::string(1'000'000, '['), "f").has_value());
  EXPECT_FALSE(parse_yaml(std::string(1'000'000, '{'), "f").has_value());
  EXPECT_FALSE(parse_yaml(std::string(5u << 20, 'a'), "f").has_value());
  std::string many;
  for (int i = 0; i < 100'001; ++i) many += "- a\n";
  const auto tree = parse_yaml(many, "f");
  ASSERT_FALSE(tree.has_value());
  EXPECT_NE(tree.error().front().message.find("100000 values"), std::string::npos);
}

TEST(ParseYaml, EmptyFileIsAnEmptyTree) {
  for (const std::string_view text : {"", "# only a comment\n", "---\n"}) {
    const auto tree = parse_yaml(text, "f");
    ASSERT_TRUE(tree.has_value()) << text;
    EXPECT_FALSE(tree->is_set());
  }
}

TEST(Merge, ConcatenatesListsAndRefusesTwoObjects) {
  auto a = parse_yaml("teams:\n  - name: it\nserver: {listen: a}\n", "a.yaml").value();
  auto b = parse_yaml("teams:\n  - name: hr\nstore:\n", "b.yaml").value();
  auto c = parse_yaml("store: {url: x}\n", "c.yaml").value();
  const auto tree = merge({a, b, c, parse_yaml("", "d.yaml").value()});
  ASSERT_TRUE(tree.has_value());
  ASSERT_EQ((*tree)["teams"].items().size(), 2u);
  EXPECT_EQ((*tree)["teams"].items()[1].where().field, "teams[1]");
  EXPECT_EQ((*tree)["teams"].items()[1].where().source, "b.yaml");
  EXPECT_EQ((*tree)["store"]["url"].text(), "x");

  const auto twice = merge({a, parse_yaml("x: 1\nserver: {listen: b}\n", "b.yaml").value()});
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().front().where.line, 2u);
  EXPECT_NE(twice.error().front().message.find("a.yaml:3"), std::string::npos);
  EXPECT_FALSE(merge({parse_yaml("- a\n", "l.yaml").value()}).has_value());
}

}  // namespace
}  // namespace millwright::config
