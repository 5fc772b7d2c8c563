#include "features/gateway/economy_settings.hpp"

#include <gtest/gtest.h>

#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

std::expected<GatewayConfig, config::Faults> read(std::string_view members) {
  const auto text = fmt::format(
      "providers: [{{name: acme, kind: openai, base_url: \"http://127.0.0.1:1/v1\"}}]\n"
      "models: [{{name: embedder, provider: acme, id: e-3}}]\n"
      "routes: [{{name: r, targets: [{{model: extractive}}]}}]\n"
      "use_cases: [{{name: u, owner: it, risk_tier: T1, data_class: internal, route: r{}}}]\n",
      members);
  auto tree = config::parse_yaml(text, "test.yaml");
  if (!tree) return std::unexpected(tree.error());
  auto valid = config::validate(std::move(*tree), gateway_sections(config::object("Gates.", {})));
  if (!valid) return std::unexpected(valid.error());
  return parse_gateway(*valid, {{"openai", ProviderKindFacts{}}});
}

EconomySettings settings(std::string_view members) {
  const auto config = read(members);
  EXPECT_TRUE(config) << (config ? "" : describe(config.error().front()));
  return config ? config->use_cases.at(0).economy : EconomySettings{};
}

TEST(EconomySettings, NothingIsOnUnlessAskedFor) {
  for (const char* members : {"", ", cache: {enabled: true}", ", compression: {keep_percent: 40}"}) {
    const auto given = settings(members);
    EXPECT_EQ(given.compression.mode, EconomyMode::Off) << members;
    EXPECT_FALSE(given.compression.has_history) << members;
    EXPECT_EQ(given.semantic_cache.mode, EconomyMode::Off) << members;
    EXPECT_FALSE(given.has_prompt_cache) << members;
  }
}

TEST(EconomySettings, WhatIsAskedFor) {
  const auto given = settings(
      ", compression: {mode: on, keep_percent: 30, max_tokens: 900, numbers: judge, history: {enabled: true, keep_turns: 2}}"
      ", cache: {semantic: {mode: shadow, threshold_percent: 70}}, prompt_cache: auto");
  EXPECT_EQ(given.compression.mode, EconomyMode::On);
  EXPECT_EQ(given.compression.keep_percent, 30);
  EXPECT_EQ(given.compression.passages_tokens_max, 900);
  EXPECT_FALSE(given.compression.numbers_stay);
  EXPECT_TRUE(given.compression.has_history);
  EXPECT_EQ(given.compression.history_turns_kept, 2);
  EXPECT_EQ(given.compression.history_tokens_min, 2'000);
  EXPECT_EQ(given.semantic_cache.mode, EconomyMode::Shadow);
  EXPECT_EQ(given.semantic_cache.threshold_percent, 70);
  EXPECT_TRUE(given.has_prompt_cache);
}

TEST(EconomySettings, SimilarityByEmbeddings) {
  const auto given = settings(
      ", cache: {semantic: {mode: on, similarity: embeddings, model: embedder, timeout: 300ms, names: [VPN, Big Data], "
      "verify_percent: 2, keep_texts: true}}").semantic_cache;
  EXPECT_TRUE(given.is_by_meaning());
  EXPECT_EQ(given.embedding_model, "embedder");
  EXPECT_EQ(given.embedding_timeout, 300ms);
  EXPECT_EQ(given.names, (std::vector<std::string>{"vpn", "big", "data"}));
  EXPECT_EQ(given.verify_percent, 2);
  EXPECT_TRUE(given.keeps_texts);
  EXPECT_EQ(given.space, "embedder/e-3");
  const auto words = settings(", cache: {semantic: {mode: on}}").semantic_cache;
  EXPECT_FALSE(words.is_by_meaning());
  EXPECT_EQ(words.space, "words");
}

TEST(EconomySettings, AFaultNamesItsPlace) {
  for (const auto& [members, part] : std::vector<std::pair<std::string_view, std::string_view>>{
           {", compression: {mode: sometimes}", "sometimes"},
           {", compression: {keep_percent: 3}", "keep_percent"},
           {", compression: {keep: 3}", "keep"},
           {", cache: {semantic: {threshold_percent: 20}}", "threshold_percent"},
           {", cache: {semantic: {similarity: sound}}", "sound"},
           {", cache: {semantic: {similarity: embeddings}}", "needs a model"},
           {", cache: {semantic: {model: extractive}}", "asks no model"},
           {", cache: {semantic: {similarity: embeddings, model: nobody}}", "nobody"},
           {", cache: {semantic: {similarity: embeddings, model: extractive}}", "gives no embeddings"},
           {", cache: {semantic: {verify_percent: 101}}", "verify_percent"},
           {", prompt_cache: always", "always"}}) {
    const auto config = read(members);
    ASSERT_FALSE(config) << members;
    EXPECT_NE(describe(config.error().front()).find(part), std::string::npos) << describe(config.error().front());
  }
}

}  // namespace
}  // namespace millwright::gateway
