#include "base/config/format.hpp"

#include <random>

#include <gtest/gtest.h>

namespace millwright::config {
namespace {

struct Layout {
  const char* name;
  const char* before;
  const char* after;
};

class FormatYaml : public testing::TestWithParam<Layout> {};

TEST_P(FormatYaml, LaysOut) {
  const auto result = format_yaml(GetParam().before, "f");
  ASSERT_TRUE(result) << result.error().front().message;
  EXPECT_EQ(*result, GetParam().after);
  EXPECT_EQ(format_yaml(*result, "f"), *result);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FormatYaml,
    testing::Values(
        Layout{"empty", "", ""}, Layout{"only_a_comment", "\n\n# hello  \n\n", "# hello\n"},
        Layout{"spaces_and_line_ends", "a:   1  \r\nb :  x\r\n", "a: 1\nb: x\n"},
        Layout{"last_line_feed", "a: 1", "a: 1\n"},
        Layout{"indent", "a:\n    b:\n          c: 1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n"},
        Layout{"list_in_the_column_of_its_key", "a:\n- name: x\n  b: 1\n- name: y\nc: 2\n",
               "a:\n  - name: x\n    b: 1\n  - name: y\nc: 2\n"},
        Layout{"wide_dash", "a:\n  -   name: x\n      b: 1\n  - - 1\n    - 2\n",
               "a:\n  - name: x\n    b: 1\n  - - 1\n    - 2\n"},
        Layout{"brackets", "a: { b: [ 1,2 ,3 ], c: 'x,  y' }\n", "a: {b: [1, 2, 3], c: 'x,  y'}\n"},
        Layout{"brackets_over_lines", "a:\n    - {b: 1,\n       c: 2}\n", "a:\n  - {b: 1,\n     c: 2}\n"},
        Layout{"comments_keep_their_place",
               "# top\na:   # of a\n    # of b\n    b: 1\n    # deep, at the end\n# of c\nc: 2 # of c's value\n# end\n",
               "# top\na: # of a\n  # of b\n  b: 1\n  # deep, at the end\n# of c\nc: 2 # of c's value\n# end\n"},
        Layout{"no_comment", "a: x#y\nb: 'it # is'\nc: don't # do\n", "a: x#y\nb: 'it # is'\nc: don't # do\n"},
        Layout{"empty_lines", "\n\na: 1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"},
        Layout{"block_text", "a:\n    b: |\n        one\n\n          two\n\n    c: 1\n",
               "a:\n  b: |\n    one\n\n      two\n\n  c: 1\n"},
        Layout{"block_text_that_keeps_its_end", "a: |+\n   one\n\n\nb: 1\n", "a: |+\n  one\n\n\nb: 1\n"},
        Layout{"block_text_in_a_list", "a:\n- |\n    # not a comment\n    b\n- >-\n  folded\n",
               "a:\n  - |\n    # not a comment\n    b\n  - >-\n    folded\n"},
        Layout{"text_over_lines", "a:\n    b: one\n      two\n    c: \"x\n      y\"\n",
               "a:\n  b: one\n    two\n  c: \"x\n    y\"\n"},
        Layout{"addresses_are_no_keys", "a: http://x:1/y\nb: [http://x:1/y]\n",
               "a: http://x:1/y\nb: [http://x:1/y]\n"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(FormatYaml, RefusesWhatTheReaderRefuses) {
  const auto result = format_yaml("a: [1\nb: 2\n", "f.yaml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().where.source, "f.yaml");
  EXPECT_FALSE(format_yaml("a: &x 1\nb: *x\n", "f"));
}

TEST(FormatYaml, NeverChangesWhatAFileSays) {
  const std::vector<std::string> pieces{"a: ", "b:", "- ", "  ", "\n", "\n  ", "\n    ", "# c",  " # d",
                                        "{",   "}",  "[",  "]",  ", ", ",",    "x",      "\"",   "'",
                                        "|",   ">",  "|2", "\t", ": ", "-",    "\n- ",   "\n\n", "ü"};
  std::mt19937 random(7);
  int formatted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
    const auto before = parse_yaml(text, "f");
    const auto result = format_yaml(text, "f");
    ASSERT_TRUE(before || !result) << text;
    if (!result) continue;
    ++formatted;
    ASSERT_EQ(parse_yaml(*result, "f").value().render_yaml(), before->render_yaml()) << text;
    ASSERT_EQ(format_yaml(*result, "f"), *result) << text;
  }
  EXPECT_GT(formatted, 10'000);
}

}  // namespace
}  // namespace millwright::config
