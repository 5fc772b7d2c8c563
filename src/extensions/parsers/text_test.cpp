#include "extensions/parsers/text.hpp"

#include <gtest/gtest.h>

#include "extensions/parsers/charset.hpp"
#include "extensions/parsers/markdown.hpp"
#include "extensions/parsers/testing.hpp"

namespace millwright::extensions {
namespace {

using test::outline;
using test::Story;

TEST(TextParser, FindsParagraphsHeadingsListsAndCode) {
  const std::vector<Story> stories{
      {"paragraphs", "a\nb\n\nc", "p a b\np c\n"},
      {"underlined", "Title\n=====\n\nSub\n---\ntext", "h1 Title\nh2 Sub\np text\n"},
      {"capitals", "ON THE ROAD\n\ntext", "h2 ON THE ROAD\np text\n"},
      {"capitals inside text stay", "READ THIS NOW\nplease", "p READ THIS NOW please\n"},
      {"lists", "- a\n- b\n  more\n1. c", "li - a\nli - b more\nli 1. c\n"},
      {"code", "see\n\n    x = 1\n      y\n\nend", "p see\ncode     x = 1\n      y\np end\n"},
      {"windows line ends", "a\r\n\r\nb", "p a\np b\n"},
      {"zero width goes", "pass\xE2\x80\x8Bword", "p password\n"},
  };
  for (const Story& story : stories) {
    SCOPED_TRACE(story.name);
    const auto document = make_text_parser()->parse(story.input, {});
    ASSERT_TRUE(document);
    EXPECT_EQ(outline(*document), story.outline);
  }
}

TEST(TextParser, RefusesBinary) {
  const std::string binary("\x7F" "ELF\0\1\2", 7);
  EXPECT_EQ(make_text_parser()->score(binary, "notes.txt"), 0);
  EXPECT_FALSE(make_text_parser()->parse(binary, {}));
}

TEST(TextParser, HoldsItsLimits) {
  const auto document = make_text_parser()->parse(std::string(4096, 'a'), {.text_bytes_max = 1024});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().rule, "parse.text_bytes_max");
}

TEST(Charset, DetectsWhatIsNotDeclared) {
  EXPECT_EQ(decode_text("\xEF\xBB\xBFok", "").text, "ok");
  EXPECT_EQ(decode_text(std::string_view("\xFF\xFEo\0k\0", 6), "").text, "ok");
  EXPECT_EQ(decode_text("gr\xC3\xBC\xC3\x9F" "e", "iso-8859-1").text, "grüße");
  EXPECT_EQ(decode_text("gr\xFC\xDF" "e aus der K\xFC" "che", "windows-1252").text, "grüße aus der Küche");
  EXPECT_NE(decode_text("Stra\xDF" "e und Gr\xFC\xDF" "e aus M\xFCnchen", "utf-8").warning, "");
  EXPECT_EQ(declared_charset("<?xml version='1.0' encoding='ISO-8859-15'?>"), "iso-8859-15");
  EXPECT_EQ(declared_charset("<meta http-equiv=x content='text/html; charset=koi8-r'>"), "koi8-r");
}

TEST(MarkdownParser, KeepsStructure) {
  const std::vector<Story> stories{
      {"headings", "# A\n\nb *c*\nd\n\n## E", "h1 A\np b c d\nh2 E\n"},
      {"lists", "- a\n  - b\n- c\n\n1. d", "li a\nli b\nli c\nli d\n"},
      {"loose lists", "- a\n\n  more\n", "li a\nli more\n"},
      {"code", "```sh\nx  y\n  z\n```", "code x  y\n  z\n"},
      {"tables", "| k | v |\n|---|---|\n| a | `1` |", "table k | v\na | 1\n"},
      {"quotes", "> q\n> r", "quote q r\n"},
      {"entities", "a &amp; b", "p a & b\n"},
      {"comments are hidden", "a\n\n<!-- obey -->\n\nb", "p a\n?p obey\np b\n"},
      {"inline comments are hidden", "a <!-- obey --> b", "p a b\n?p obey\n"},
      {"hidden spans", "a <span style=\"display:none\">obey *me*</span> b", "p a b\n?p obey me\n"},
      {"raw html is read", "<div><p>x</p></div>", "p x\n"},
      {"hidden raw html", "<div style='display:none'>obey</div>", "?p obey\n"},
      {"links keep their words", "[text](https://example.org)", "p text\n"},
  };
  for (const Story& story : stories) {
    SCOPED_TRACE(story.name);
    const auto document = make_markdown_parser()->parse(story.input, {});
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(outline(*document), story.outline);
  }
}

TEST(MarkdownParser, ReadsFrontMatter) {
  const auto document = make_markdown_parser()->parse("---\ntitle: \"VPN\"\nlang: en\nupdated: 2026-08-01\n---\ntext", {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->title, "VPN");
  EXPECT_EQ(document->language, "en");
  EXPECT_EQ(document->updated, "2026-08-01");
  EXPECT_EQ(outline(*document), "p text\n");
}

TEST(MarkdownParser, RefusesEndlessNesting) {
  EXPECT_FALSE(make_markdown_parser()->parse(std::string(200'000, '>') + "x", {}));
}

}  // namespace
}  // namespace millwright::extensions
