#include <random>

#include <gtest/gtest.h>

#include "base/config/node.hpp"
#include "base/config/sample_sections.hpp"

namespace millwright::config {
namespace {

TEST(RenderYaml, IsCanonical) {
  const auto render = [](std::string_view text) {
    return validate(parse_yaml(text, "f").value(), sample_sections()).value().render_yaml();
  };
  const auto one = render("labels: {b: x, a: '1'}\nserver: {grace: 60s, threads: 2}\n");
  const auto other = render("server:\n  threads: 2\n  grace: 1m\nlabels:\n  a: 1\n  b: \"x\"\n");
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.substr(one.find("labels")), "labels:\n  a: \"1\"\n  b: x\n");
  EXPECT_EQ(render(one), one);
}

TEST(RenderYaml, ShapesReadWell) {
  const std::string text =
      "a:\n  - name: x\n    list:\n      - 1\n      - 2\n  - []\n  - {}\nb: null\nc: \"# no comment\"\nd: |\n  two\n  lines\n"
      "e: |-\n  no\n\n  end\n";
  EXPECT_EQ(parse_yaml(text, "f").value().render_yaml(), text);
}

TEST(RenderYaml, ReadsBackAnyText) {
  const std::vector<std::string> pieces{"a",  " ",  ":",  "#",  "-",  "\n", "\"", "'",    "\\",  "{",  "[",   ",",    "&",
                                        "*",  "!",  "|",  ">",  "%",  "@",  "`",  "null", "~",   "?",  "\t",  "ü",    "1",
                                        "\r", ".",  "€",  "- ", ": ", " #", "true", "\x01", "---", "...", "\n\n", "]", "}"};
  std::mt19937 random(13);
  for (int round = 0; round < 20'000; ++round) {
    std::string value;
    for (auto count = random() % 8; count > 0; --count) value += pieces[random() % pieces.size()];
    // Bytes above 0x7f cannot be written as \x: keep those characters as they are.
    std::string source = "k: [\"";
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      source += byte < 0x80 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    source += "\"]\n";
    const auto tree = parse_yaml(source, "f");
    ASSERT_TRUE(tree.has_value()) << source;
    ASSERT_EQ((*tree)["k"].items()[0].text(), value);
    const auto rendered = tree->render_yaml();
    const auto again = parse_yaml(rendered, "g");
    ASSERT_TRUE(again.has_value()) << rendered << describe(again.error().front());
    ASSERT_EQ((*again)["k"].items()[0].text(), value) << rendered;
    ASSERT_EQ(again->render_yaml(), rendered);
  }
}

// "'#\n\n'" alone in a file: a block at the margin would begin with a comment.
TEST(RenderYaml, TextOfSeveralLinesAtTheRootIsQuoted) {
  const auto tree = parse_yaml("'#\n\n'\n", "f");
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->render_yaml(), "\"#\\n\"\n");
}

}  // namespace
}  // namespace millwright::config
