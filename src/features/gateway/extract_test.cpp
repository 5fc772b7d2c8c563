#include "features/gateway/extract.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

const tokens::Tokeniser estimate;

std::vector<std::string> texts_of(std::string_view text, Numbers numbers = Numbers::Stay) {
  std::vector<std::string> texts;
  for (const auto& unit : units_of(text, numbers)) {
    texts.push_back((unit.is_protected ? "!" : unit.is_heading ? "#" : "") + std::string(unit.text));
  }
  return texts;
}

TEST(UnitsOf, CutsSentencesItemsAndHeadings) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts_of("One thing. Another one, e.g. this.\nIt goes on here."),
            (Texts{"One thing.", "Another one, e.g. this.", "It goes on here."}));
  EXPECT_EQ(texts_of("## Title\n- first item\n- second item\n\nText"),
            (Texts{"### Title", "- first item", "- second item", "Text"}));
  EXPECT_EQ(texts_of("It costs 5 euros. It is blue."), (Texts{"!It costs 5 euros.", "It is blue."}));
  EXPECT_EQ(texts_of("It costs 5 euros.", Numbers::Judged), (Texts{"It costs 5 euros."}));
  EXPECT_EQ(texts_of("Call `reboot` now."), (Texts{"!Call `reboot` now."}));
  EXPECT_EQ(texts_of("今日は晴れです。明日は雨です。"), (Texts{"今日は晴れです。", "明日は雨です。"}));
  EXPECT_EQ(texts_of(""), Texts{});
  EXPECT_EQ(texts_of(" \n \n"), Texts{});
}

TEST(UnitsOf, CodeAndTablesAreOnePiece) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts_of("Do this:\n```sh\nreboot. Now.\n\n# comment\n```\nDone."),
            (Texts{"Do this:", "!```sh\nreboot. Now.\n\n# comment\n```", "Done."}));
  EXPECT_EQ(texts_of("Run\n    make all\n    make install\nand wait."),
            (Texts{"Run", "!    make all\n    make install", "and wait."}));
  EXPECT_EQ(texts_of("| a | b |\n|---|---|\n| c | d |"), (Texts{"!| a | b |\n|---|---|\n| c | d |"}));
  EXPECT_EQ(texts_of("```\nnever closed"), (Texts{"!```\nnever closed"}));
}

TEST(UnitsOf, TogetherTheyAreTheText) {
  const std::string text = "# Head\n\nOne. Two!  Three?\n- item\n\n    code\n\nEnd";
  std::string again;
  for (const auto& unit : units_of(text)) again += std::string(unit.text) + std::string(unit.behind);
  EXPECT_EQ(again, text);
}

const std::string passage =
    "# Printers\nOur printers stand on every floor. They are leased from a company in Ghent. "
    "To clear a paper jam, open the rear door and pull the sheet out slowly. "
    "The coffee machine beside it belongs to the sales team. The fire exit is next to the lift. "
    "Colour prints cost 12 cents a page.";

TEST(Extract, KeepsWhatTheQuestionAsksForAndWhatMustStay) {
  const auto extracted =
      extract({.question = "How do I clear a paper jam?", .texts = {passage}, .keep_percent = 50}, estimate);
  ASSERT_EQ(extracted.texts.size(), 1u);
  EXPECT_NE(extracted.texts[0].find("pull the sheet out slowly."), std::string::npos) << extracted.texts[0];
  EXPECT_NE(extracted.texts[0].find("Colour prints cost 12 cents a page."), std::string::npos);
  EXPECT_NE(extracted.texts[0].find("# Printers"), std::string::npos);
  EXPECT_EQ(extracted.texts[0].find("coffee machine"), std::string::npos);
  EXPECT_NE(extracted.texts[0].find("…"), std::string::npos);
  EXPECT_LT(extracted.tokens_after, extracted.tokens_before * 3 / 4);
  EXPECT_EQ(extracted.protected_units, 1u);
}

TEST(Extract, EveryTextKeepsItsBestSentence) {
  const auto extracted = extract(
      {.question = "paper jam", .texts = {passage, "Nothing here. Nor there.", ""}, .keep_percent = 5}, estimate);
  EXPECT_NE(extracted.texts[0].find("paper jam"), std::string::npos);
  EXPECT_FALSE(extracted.texts[1].empty());
  EXPECT_EQ(extracted.texts[2], "");
}

TEST(Extract, DoesNotSayTheSameTwice) {
  const std::string twice =
      "The jam is cleared by opening the rear door. Open the rear door and the jam is cleared.\nCall the helpdesk when "
      "the jam stays.";
  const auto extracted = extract({.question = "jam", .texts = {twice}, .keep_percent = 70}, estimate);
  EXPECT_NE(extracted.texts[0].find("helpdesk"), std::string::npos) << extracted.texts[0];
}

TEST(Extract, IsTheSameEachTimeAndNeverLonger) {
  for (const int keep : {5, 50, 95}) {
    const ExtractRequest request{.question = "floor", .texts = {passage, passage}, .keep_percent = keep};
    const auto first = extract(request, estimate), second = extract(request, estimate);
    EXPECT_EQ(first.texts, second.texts);
    for (const auto& text : first.texts) EXPECT_LE(text.size(), passage.size());
    EXPECT_LE(first.tokens_after, first.tokens_before);
  }
}

TEST(Extract, AnAbsoluteLimitHoldsToo) {
  const auto extracted = extract(
      {.question = "printers", .texts = {passage}, .keep_percent = 95, .tokens_max = 30, .numbers = Numbers::Judged},
      estimate);
  EXPECT_LE(extracted.tokens_after, 40);
}

}  // namespace
}  // namespace millwright::gateway
