#include "base/tokens/estimate.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "base/json.hpp"
#include "base/tokens/tokeniser.hpp"
#include "tests/support/repository.hpp"

namespace millwright::tokens {
namespace {

/// Texts written for this test, with what published tokenisers make of them: o200k_base; the mean of cl100k_base and
/// Llama 3; the mean of Llama 2 and Mistral 7B; Claude 2.
std::vector<json::object> samples() {
  std::vector<json::object> found;
  std::ifstream in(test::repository() / "tests/golden/tokens/estimates.jsonl");
  for (std::string line; std::getline(in, line);) found.push_back(*parse_json_object(line));
  return found;
}

TEST(EstimateTokens, IsNearThePublishedTokenisers) {
  const auto all = samples();
  ASSERT_EQ(all.size(), 15u);
  for (const auto vocabulary : {Vocabulary::Large, Vocabulary::Broad, Vocabulary::Narrow, Vocabulary::Claude}) {
    std::int64_t estimated = 0, counted = 0;
    for (const auto& sample : all) {
      const auto estimate = estimate_tokens(vocabulary, string_member(sample, "text"));
      const auto count = sample.at(vocabulary_name(vocabulary)).to_number<std::int64_t>();
      estimated += estimate;
      counted += count;
      EXPECT_NEAR(static_cast<double>(estimate) / static_cast<double>(count), 1, 0.35)
          << vocabulary_name(vocabulary) << ' ' << sample.at("language") << ' ' << estimate << " for " << count;
    }
    EXPECT_NEAR(static_cast<double>(estimated) / static_cast<double>(counted), 1, 0.1) << vocabulary_name(vocabulary);
  }
}

TEST(EstimateTokens, OddTexts) {
  EXPECT_EQ(estimate_tokens(Vocabulary::Broad, ""), 0);
  EXPECT_EQ(estimate_tokens(Vocabulary::Broad, "a"), 1);
  EXPECT_EQ(estimate_tokens(Vocabulary::Broad, " "), 1);
  EXPECT_GE(estimate_tokens(Vocabulary::Claude, "\xF0\x9F"), 1);  // cut short: no read beyond the end
}

TEST(Tokenisers, ByTheNameOfTheModel) {
  for (const auto& [id, name] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"gpt-4o-mini-2024-07-18", "o200k_base"},
           {"openai/gpt-4.1", "o200k_base"},
           {"gpt-4-turbo", "cl100k_base"},
           {"gpt-5.1", "o200k_base"},
           {"o3-pro", "o200k_base"},
           {"text-embedding-3-small", "cl100k_base"},
           {"openai/gpt-oss-120b", "o200k_base"},
           {"GPT-35-turbo", "cl100k_base"},
           {"claude-sonnet-4-5", "estimate:claude"},
           {"anthropic.claude-3-haiku-20240307-v1:0", "estimate:claude"},
           {"gemini-2.5-pro", "estimate:large"},
           {"meta-llama/Llama-2-7b-chat", "estimate:narrow"},
           {"qwen3-32b", "estimate:broad"},
           {"", "estimate:broad"}}) {
    const auto tokeniser = tokeniser_of_model(id);
    if (!tokeniser.is_exact() && !name.starts_with("estimate")) continue;  // built without WITH_TOKENISERS
    EXPECT_EQ(tokeniser.name(), name) << id;
  }
  EXPECT_FALSE(find_tokeniser("gpt2"));
  for (const auto& name : tokeniser_names()) EXPECT_TRUE(find_tokeniser(name)) << name;
}

}  // namespace
}  // namespace millwright::tokens
