#include "base/tokens/encoding.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.hpp"
#include "tests/support/repository.hpp"

namespace millwright::tokens {
namespace {

std::int64_t integer(const json::object& line, const char* name) { return line.at(name).to_number<std::int64_t>(); }

/// Σ (index + 1) · rank, as tests/golden/tokens/generate.mjs writes it.
std::int64_t sum_of(const std::vector<std::uint32_t>& tokens) {
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) sum += (i + 1) * tokens[i];
  return sum;
}

class Encodings : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_available(Encoding::O200kBase)) GTEST_SKIP() << "built without WITH_TOKENISERS";
  }
};

TEST_F(Encodings, EveryStringHasTheTokensOfTheOriginal) {
  std::ifstream in(test::repository() / "tests/golden/tokens/encodings.jsonl");
  int lines = 0;
  for (std::string text; std::getline(in, text); ++lines) {
    const auto line = parse_json_object(text);
    ASSERT_TRUE(line) << text;
    const std::string_view input = line->at("text").get_string();
    EXPECT_EQ(count_tokens(Encoding::O200kBase, input).tokens, integer(*line, "o200k")) << text;
    EXPECT_EQ(sum_of(encode(Encoding::O200kBase, input)), integer(*line, "o200k_sum")) << text;
    EXPECT_EQ(count_tokens(Encoding::Cl100kBase, input).tokens, integer(*line, "cl100k")) << text;
    EXPECT_EQ(sum_of(encode(Encoding::Cl100kBase, input)), integer(*line, "cl100k_sum")) << text;
  }
  EXPECT_GT(lines, 2'000);
}

TEST_F(Encodings, ALongRunIsBoundedAndSaysThatItIsAnEstimate) {
  const std::string run(3 * piece_bytes_max + 5, 'q');
  const auto count = count_tokens(Encoding::O200kBase, run);
  EXPECT_FALSE(count.is_exact);
  EXPECT_GT(count.tokens, 1'000);
  EXPECT_LE(count.tokens, static_cast<std::int64_t>(run.size()));
  EXPECT_TRUE(count_tokens(Encoding::O200kBase, std::string(piece_bytes_max, 'q')).is_exact);
}

TEST_F(Encodings, MalformedBytesAreCountedAndNeverReadPastTheEnd) {
  for (const std::string_view text :
       {"\xff\xfe", "a\xc3", "\xe4\xb8", "\xf0\x9f\x98", "'\xc5", "\x80\x80 x\xed\xa0\x80"}) {
    for (const auto encoding : {Encoding::O200kBase, Encoding::Cl100kBase}) {
      const auto count = count_tokens(encoding, std::string(text)).tokens;
      EXPECT_GT(count, 0);
      EXPECT_LE(count, static_cast<std::int64_t>(text.size()));
    }
  }
}

TEST(EncodingNames, Harmony) {
  EXPECT_EQ(find_encoding("o200k_harmony"), Encoding::O200kBase);
  EXPECT_EQ(find_encoding("cl100k_base"), Encoding::Cl100kBase);
  EXPECT_FALSE(find_encoding("p50k_base"));
}

}  // namespace
}  // namespace millwright::tokens
