#include "features/retrieval/text_pieces.hpp"

#include <gmock/gmock.h>

namespace millwright::retrieval {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CountWords, GivesTextWithoutSpacesASizeToo) {
  EXPECT_EQ(count_words(""), 0u);
  EXPECT_EQ(count_words("  restart \t the\nprinter "), 3u);
  EXPECT_EQ(count_words(std::string(24, 'a')), 1u);
  EXPECT_EQ(count_words(std::string(25, 'a')), 2u);
}

TEST(SplitSentences, EndsWhereAReaderWouldStop) {
  EXPECT_THAT(split_sentences("Stop the service. Then wait! Is it up? Good."),
              ElementsAre("Stop the service.", "Then wait!", "Is it up?", "Good."));
}
TEST(SplitSentences, GoesOnAfterAbbreviationsNumbersAndNames) {
  EXPECT_THAT(split_sentences("See e.g. Debian 12.4 by Dr. J. Roe. It works."),
              ElementsAre("See e.g. Debian 12.4 by Dr. J. Roe.", "It works."));
  EXPECT_THAT(split_sentences("Edit foo.conf and run it. then restart"),
              ElementsAre("Edit foo.conf and run it. then restart"));
}
TEST(SplitSentences, TakesClosingQuotesAlong) {
  EXPECT_THAT(split_sentences("He said \"no.\" She left (early.) Done"),
              ElementsAre("He said \"no.\"", "She left (early.)", "Done"));
}
TEST(SplitSentences, KnowsWidePunctuation) {
  EXPECT_THAT(split_sentences("你好。再见。"), ElementsAre("你好。", "再见。"));
}
TEST(SplitSentences, GivesNothingForBlankText) { EXPECT_THAT(split_sentences(" \n "), IsEmpty()); }

TEST(SplitBySize, CutsBetweenWords) {
  EXPECT_THAT(split_by_size("one two three four five", 2), ElementsAre("one two", "three four", "five"));
}
TEST(SplitBySize, CutsInsideAWordOnlyWhenItAloneIsTooLongAndNeverInsideACodePoint) {
  std::string wide;
  for (int i = 0; i < 40; ++i) wide += "界";
  const auto pieces = split_by_size(wide, 2);
  ASSERT_EQ(pieces.size(), 3u);
  std::string whole;
  for (const std::string_view piece : pieces) {
    EXPECT_EQ(piece.size() % 3, 0u);
    EXPECT_LE(count_words(piece), 2u);
    whole += piece;
  }
  EXPECT_EQ(whole, wide);
}
TEST(SplitBySize, EndsOnBytesThatAreNotText) {
  std::string all;
  const std::string bytes(500, '\x80');
  for (const std::string_view piece : split_by_size(bytes, 3)) all += piece;
  EXPECT_EQ(all, bytes);
}

TEST(SplitLines, LeavesBlankLinesOut) {
  EXPECT_THAT(split_lines("a\n\n  b\n \nc"), ElementsAre("a", "  b", "c"));
}

}  // namespace
}  // namespace millwright::retrieval
