#include <gmock/gmock.h>

#include "features/evaluation/evaluation.hpp"
#include "features/evaluation/test_graders.hpp"

namespace millwright::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseSuite, ReadsCasesWithTheirReaderTagsAndChecks) {
  const Graders graders = testing_graders::make_graders();
  const auto suite = parse_suite(R"(name: helpdesk
cases:
  - id: vpn
    question: How do I reset the VPN?
    reader: {user: ana, groups: [it, hr]}
    cluster: vpn-doc
    tags: [quality, operations]
    expect:
      - {says: the right answer}
      - {blocked: true}
  - question: And mail?
    expect: [{blocked: false}]
)", "suite.yaml", &graders);
  ASSERT_TRUE(suite) << suite.error().front().message;
  EXPECT_EQ(suite->name, "helpdesk");
  ASSERT_EQ(suite->cases.size(), 2u);
  EXPECT_EQ(suite->cases[0].reader.user, "ana");
  EXPECT_THAT(suite->cases[0].reader.groups, ElementsAre("it", "hr"));
  EXPECT_THAT(suite->cases[0].tags, ElementsAre("quality", "operations"));
  EXPECT_EQ(suite->cases[1].id, "case-2");
  EXPECT_EQ(suite->cases[1].cluster, "case-2");
  EXPECT_THAT(suite->cases[1].tags, ElementsAre("quality"));
}

TEST(ParseSuite, HasOneDigestForOneMeaning) {
  const auto a = parse_suite("name: s\ncases: [{id: a, question: q, expect: [{says: x}]}]\n", "a");
  const auto b = parse_suite("name:  s\ncases:\n  - id: a\n    question: q\n    expect:\n      - says: x\n", "b");
  const auto c = parse_suite("name: s\ncases: [{id: a, question: q, expect: [{says: y}]}]\n", "c");
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->digest, b->digest);
  EXPECT_NE(a->digest, c->digest);
  const auto again = parse_suite(a->text, "again");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->digest, a->digest);
}

TEST(ParseSuite, NamesEveryFaultWithItsLineAndTheNearestName) {
  struct Story {
    std::string_view yaml;
    std::uint32_t line;
    std::string_view message, fix;
  };
  const std::vector<Story> stories{
      {"name: s\ncases:\n  - question: q\n    expect: [{sayz: x}]\n", 4, "no check named \"sayz\"", "says"},
      {"name: s\ncases:\n  - question: q\n    expect:\n      - says: [x]\n", 5, "needs a text", ""},
      {"name: s\ncases:\n  - question: q\n    expect: [{says: x}]\n    tags: [qualty]\n", 5, "unknown tag", "quality"},
      {"name: s\ncases:\n  - question: q\n    expects: [{says: x}]\n    expect: [{says: x}]\n", 4, "unknown key", "expect"},
      {"name: s\ncases:\n  - {id: a, question: q, expect: [{says: x}]}\n  - {id: a, question: q, expect: [{says: x}]}\n", 4,
       "used twice", ""},
      {"name: s\ncases:\n  - question: q\n", 3, "\"expect\" must be a list", ""},
      {"name: s\ncases:\n  - question: '  '\n    expect: [{says: x}]\n", 3, "\"question\" must be a text", ""},
      {"name: s\ncases: []\n", 2, "at least one case", ""},
      {"name: s\ncases:\n  - just text\n", 3, "must be an object", ""},
      {"cases:\n  - {question: q, expect: [{says: x}]}\n", 1, "\"name\" must be a text", ""},
      {"name: s\ncases:\n  - question: q\n    expect: [{says: x, blocked: true}]\n", 4, "one name with its argument", ""},
      {"name: [", 1, "", ""},
  };
  const Graders graders = testing_graders::make_graders();
  for (const Story& story : stories) {
    SCOPED_TRACE(story.yaml);
    const auto suite = parse_suite(story.yaml, "suite.yaml", &graders);
    ASSERT_FALSE(suite);
    const Error& fault = suite.error().front();
    EXPECT_EQ(fault.code, ErrorCode::InvalidConfig);
    EXPECT_EQ(fault.where.source, "suite.yaml");
    EXPECT_EQ(fault.where.line, story.line);
    EXPECT_THAT(fault.message, HasSubstr(story.message));
    EXPECT_THAT(fault.fix, HasSubstr(story.fix));
  }
}

TEST(ParseSuite, GathersAllFaultsAtOnce) {
  const auto suite = parse_suite("cases:\n  - question: q\n  - expect: [{says: x}]\n", "s");
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().size(), 3u);
}

}  // namespace
}  // namespace millwright::evaluation
