// The right parser for a document, whatever its name says; and a clear word on what none of them reads.
#include <gtest/gtest.h>

#include "extensions/parsers/all.hpp"
#include "extensions/parsers/testing.hpp"

namespace millwright::extensions {
namespace {

TEST(ParserChoice, ContentDecidesBeforeTheName) {
  struct Case {
    const char* path;
    std::string bytes;
    const char* parser;
  };
  const std::vector<Case> cases{{"a.html", "<p>x y</p>", "html"}, {"a.txt", "<!DOCTYPE html><p>x</p>", "html"},
                                {"a.md", "# x", "markdown"},      {"notes", "plain words", "text"},
                                {"a.docx", "plain words", "text"}, {"a.pdf", "plain words", "text"},
                                {"a.html", "no tags at all", "html"}};
  const auto parsers = make_parsers();
  for (const Case& one : cases) {
    const auto document = ingestion::parse_document(parsers, one.path, one.bytes, {});
    ASSERT_TRUE(document) << one.path << ": " << document.error().message;
    EXPECT_EQ(document->parser, one.parser) << one.path;
  }
}

TEST(ParserChoice, NamesWhatNobodyReads) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {std::string("\x89PNG\r\n\x1a\n\0", 9), "PNG"}, {std::string("\x7F" "ELF\0", 5), "program"},
      {std::string("\xD0\xCF\x11\xE0\0", 5), "Office"}, {std::string("a\0b", 3), "binary"}, {"", "empty"}};
  const auto parsers = make_parsers();
  for (const auto& [bytes, word] : cases) {
    const auto document = ingestion::parse_document(parsers, "file", bytes, {});
    ASSERT_FALSE(document);
    EXPECT_NE(document.error().message.find(word), std::string::npos) << document.error().message;
  }
}

TEST(ParserChoice, ADocumentWithoutVisibleTextIsRefused) {
  const auto document = ingestion::parse_document(make_parsers(), "a.html", "<html><p style='display:none'>x</p></html>", {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().rule, "parse.empty");
}

TEST(ParserChoice, TheDateInTheTextWins) {
  const auto document = ingestion::parse_document(
      make_parsers(), "a.md", "---\nupdated: 2020-01-01\n---\nOwner: x. Last reviewed: 2026-08-14.\n\ntext", {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->updated, "2026-08-14");
}

}  // namespace
}  // namespace millwright::extensions
