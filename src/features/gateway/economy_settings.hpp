// What a use case saves on: compression of what is sent, answers of alike questions, the provider's own prompt cache.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/config/spec.hpp"
#include "base/time.hpp"

namespace millwright::gateway {

/// Shadow: everything is decided, measured and recorded, and the call goes out as if it were off.
enum class EconomyMode : std::uint8_t { Off, Shadow, On };

struct CompressionSettings {
  EconomyMode mode = EconomyMode::Off;
  int keep_percent = 50;                 // of the tokens of what may be compressed
  bool numbers_stay = true;              // sentences that hold one are never left out
  std::int64_t passages_tokens_max = 0;  // 0: by keep_percent alone
  bool has_history = false;
  std::int64_t history_turns_kept = 4;      // newest messages that stay as they are
  std::int64_t history_tokens_min = 2'000;  // a shorter conversation is left alone
};

struct SemanticCacheSettings {
  EconomyMode mode = EconomyMode::Off;
  int threshold_percent = 85;  // least likeness of two questions
  std::string embedding_model;  // a model by its configured name; empty: likeness of words
  Duration embedding_timeout{2'000};
  std::vector<std::string> names;  // folded words that tell questions apart however they are written
  int verify_percent = 0;          // of hits, when on: called all the same, and compared
  bool keeps_texts = false;        // of compared questions and answers, sealed, for people who label
  std::string space = "words";     // what reports call the likeness: "words", or the model and its provider's id
  [[nodiscard]] bool is_by_meaning() const { return !embedding_model.empty(); }
};

struct EconomySettings {
  CompressionSettings compression;
  SemanticCacheSettings semantic_cache;
  bool has_prompt_cache = false;  // mark stable prefixes for providers that want them marked
};

[[nodiscard]] config::Spec compression_spec();
[[nodiscard]] config::Spec semantic_cache_spec();
[[nodiscard]] config::Spec prompt_cache_spec();
/// Of a validated use case. Adds what contradicts itself to `faults`.
[[nodiscard]] EconomySettings parse_economy(const config::Node& use_case, config::Faults& faults);

}  // namespace millwright::gateway
