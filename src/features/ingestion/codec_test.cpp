#include <gtest/gtest.h>

#include "features/ingestion/parser.hpp"

namespace millwright::ingestion {
namespace {

ParsedDocument sample() {
  ParsedDocument document;
  document.title = "Größe";
  document.language = "de";
  document.parser = "html";
  document.updated = "2026-08-14";
  document.warnings = {"one", "two"};
  document.blocks = {{BlockKind::Heading, 2, 1, "Title", false}, {BlockKind::Code, 0, 3, "a\n  b", true}};
  return document;
}

TEST(Codec, KeepsDocumentsAndErrors) {
  const auto document = decode(encode(sample()));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->title, "Größe");
  EXPECT_EQ(document->parser, "html");
  EXPECT_EQ(document->updated, "2026-08-14");
  EXPECT_EQ(document->warnings.size(), 2U);
  ASSERT_EQ(document->blocks.size(), 2U);
  EXPECT_EQ(document->blocks[0].level, 2);
  EXPECT_EQ(document->blocks[1].kind, BlockKind::Code);
  EXPECT_EQ(document->blocks[1].page, 3U);
  EXPECT_TRUE(document->blocks[1].is_hidden);
  EXPECT_EQ(document->blocks[1].text, "a\n  b");
  Error error;
  error.code = ErrorCode::TooLarge;
  error.message = "too deep";
  error.rule = "parse.depth_max";
  const auto failed = decode(encode(std::unexpected(error)));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(failed.error().message, "too deep");
  EXPECT_EQ(failed.error().rule, "parse.depth_max");
}

TEST(Codec, RefusesEveryDamage) {
  const std::string good = encode(sample());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = decode(std::string_view(good).substr(0, size));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code, ErrorCode::Corrupt);
  }
  EXPECT_FALSE(decode(good + "x"));
  std::string lying = good;
  lying[5] = '\xFF';   // the length of the title
  lying[6] = '\xFF';
  EXPECT_FALSE(decode(lying));
  std::string no_text = good;
  no_text[9] = '\xFF';   // the first byte of the title
  EXPECT_FALSE(decode(no_text));
}

TEST(DeclaredDate, IsFoundNearTheEnds) {
  const auto date_of = [](std::vector<std::string> texts) {
    ParsedDocument document;
    for (std::string& text : texts) document.blocks.push_back({.text = std::move(text)});
    return find_declared_date(document);
  };
  EXPECT_EQ(date_of({"Owner: x. Last reviewed: 2026-08-14."}), "2026-08-14");
  EXPECT_EQ(date_of({"a", "LAST UPDATED on 2026-08-14"}), "2026-08-14");
  EXPECT_EQ(date_of({"Last reviewed: 2026-13-40"}), "");
  EXPECT_EQ(date_of({"The meeting of 2026-08-14"}), "");
  EXPECT_EQ(date_of({"Last reviewed: " + std::string(500, 'x') + "2026-08-14"}), "");
  std::vector<std::string> many(40, "text");
  many[20] = "Last reviewed: 2026-08-14";
  EXPECT_EQ(date_of(many), "");
}

}  // namespace
}  // namespace millwright::ingestion
