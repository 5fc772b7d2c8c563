#include "features/configuration/ownership.hpp"

#include <gtest/gtest.h>

#include "features/configuration/build.hpp"
#include "features/configuration/item_text.hpp"

namespace millwright::configuration {
namespace {

using config::Kind;
using config::option;

struct Taken {
  const char* name;
  const char* text;
  const char* rest;
};

class TakeItem : public testing::TestWithParam<Taken> {};

TEST_P(TakeItem, LeavesTheRest) {
  const auto taken = take_item(GetParam().text, "f", "a", "two");
  ASSERT_TRUE(taken) << describe(taken.error());
  EXPECT_EQ(taken->yaml, "name: two\nv: 2\n");
  EXPECT_EQ(taken->rest, GetParam().rest);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TakeItem,
    testing::Values(
        Taken{"block", "a:\n  - name: one\n  - name: two\n    v: 2\n  - name: three\nb: 1\n",
              "a:\n  - name: one\n  - name: three\nb: 1\n"},
        Taken{"the_last_one_without_line_feed", "a:\n- name: one\n- name: two\n  v: 2", "a:\n- name: one\n"},
        Taken{"the_only_one", "a:\n  - name: two\n    v: 2\nb: 1\n", "a:\nb: 1\n"},
        Taken{"comments_stay",
              "a:\n  # of two\n  - name: two  # here\n    # inside\n    v: 2\n  # of three\n  - name: three\n",
              "a:\n  # of two\n  # of three\n  - name: three\n"},
        Taken{"one_line_an_item", "a:\n  - {name: one}\n  - {name: two,\n     v: 2}\n", "a:\n  - {name: one}\n"},
        Taken{"brackets_first", "a: [{name: two, v: 2}, {name: three}]\n", "a: [{name: three}]\n"},
        Taken{"brackets_last", "a: [{name: one, t: \"]}\"}, {name: two, v: 2}]\n", "a: [{name: one, t: \"]}\"}]\n"},
        Taken{"brackets_only", "a: [{name: two, v: 2}]\n", "a: []\n"},
        Taken{"brackets_after_letters_of_two_bytes", "a: [{name: öne, t: ü}, {name: two, v: 2}]\n",
              "a: [{name: öne, t: ü}]\n"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(TakeItem, SaysWhatIsNotThere) {
  EXPECT_EQ(take_item("a: [{name: one}]\n", "f", "a", "two").error().code, ErrorCode::NotFound);
  EXPECT_EQ(take_item("a: [\n", "f", "a", "two").error().code, ErrorCode::InvalidConfig);
}

TEST(AddItem, IsTheLastOfItsSection) {
  const auto add = [](const std::string& text) {
    return add_item(text, "f", "a", "name: two\nv: 2\n").value_or("refused");
  };
  EXPECT_EQ(add(""), "a:\n  - name: two\n    v: 2\n");
  EXPECT_EQ(add("b: 1"), "b: 1\n\na:\n  - name: two\n    v: 2\n");
  EXPECT_EQ(add("a:\nb: 1\n"), "a:\n  - name: two\n    v: 2\nb: 1\n");
  EXPECT_EQ(add("a: []\n"), "a:\n  - name: two\n    v: 2\n");
  EXPECT_EQ(add("a:\n- name: one\n\n# of b\nb: 1\n"), "a:\n- name: one\n- name: two\n  v: 2\n\n# of b\nb: 1\n");
  EXPECT_EQ(add("a: [{name: one}]\n"), "refused");
}

std::vector<config::Section> test_sections() {
  return {{"settings", config::object("Settings.", {{"x", option(Kind::Integer, "X.").fallback("1")}})},
          {"a", config::list_of("Things.", config::object("A thing.", {{"name", option(Kind::Name, "Name.").required()},
                                                                       {"v", option(Kind::Integer, "V.")}}))}};
}

TEST(Ownership, RefusesClearly) {
  const Texts files{{"f.yaml", "settings: {x: 2}\na:\n  - {name: one}\n"}};
  const std::map<std::string, std::string> console{{"a/two", "name: two\nv: 2\n"}};
  const auto loaded = build(files, console, {test_sections(), {}, {}}, system_clock());
  ASSERT_TRUE(loaded);
  const auto adopt = [&](std::string_view id) { return make_adoption(id, *loaded, files, test_sections()); };
  EXPECT_EQ(adopt("a/two").error().code, ErrorCode::Conflict);
  EXPECT_EQ(adopt("settings").error().code, ErrorCode::Conflict);
  EXPECT_EQ(adopt("a/on").error().fix, "Did you mean \"a/one\"?");
  EXPECT_EQ(adopt("").error().code, ErrorCode::NotFound);
  ASSERT_TRUE(adopt("a/one"));
  EXPECT_EQ(adopt("a/one")->objects.at("a/one"), "name: one\n");
  const auto released = make_release("a/one", "f.yaml", *loaded, files, console);
  EXPECT_EQ(released.error().code, ErrorCode::Conflict);
  EXPECT_NE(released.error().message.find("f.yaml, line 3"), std::string::npos) << released.error().message;
}

}  // namespace
}  // namespace millwright::configuration
