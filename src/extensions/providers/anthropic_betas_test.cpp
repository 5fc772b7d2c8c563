#include "extensions/providers/anthropic_betas.hpp"

#include <gtest/gtest.h>

namespace millwright::extensions {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(AnthropicBetas, ConfiguredOnesFirstAndEachOnce) {
  const Headers callers{{"anthropic-beta", "b, c"}, {"Anthropic-Beta", "a,c,d"}};
  EXPECT_EQ(AnthropicBetas("a,b", "*").header(&callers), "a,b,c,d");
  EXPECT_EQ(AnthropicBetas("a,b", "*").header(nullptr), "a,b");
  EXPECT_EQ(AnthropicBetas("", "*").header(nullptr), "");
}

TEST(AnthropicBetas, OnlyWhatIsAllowedPasses) {
  const Headers callers{{"anthropic-beta", "context-1m, skills"}, {"openai-beta", "x"}};
  EXPECT_EQ(AnthropicBetas("", "skills").header(&callers), "skills");
  EXPECT_EQ(AnthropicBetas("", "").header(&callers), "");
}

TEST(AnthropicBetas, WhatIsNoNameDoesNotPass) {
  const Headers callers{{"anthropic-beta", "ok-1.0,bad\r\nx-evil: 1,,sp ace"}};
  EXPECT_EQ(AnthropicBetas("", "*").header(&callers), "ok-1.0");
  std::string many = "n0";
  for (int i = 1; i < 100; ++i) many += ",n" + std::to_string(i);
  const Headers flood{{"anthropic-beta", many}};
  EXPECT_TRUE(AnthropicBetas("", "*").header(&flood).ends_with(",n31"));
}

}  // namespace
}  // namespace millwright::extensions
