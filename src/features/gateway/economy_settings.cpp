#include "features/gateway/economy_settings.hpp"

#include "features/gateway/question_words.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::option;

config::Spec mode_spec(std::string description) {
  return config::choice(std::move(description), {"off", "shadow", "on"}).fallback("off");
}

EconomyMode mode_of(const config::Node& node) {
  if (!node.is_set() || node.text() == "off") return EconomyMode::Off;
  return node.text() == "on" ? EconomyMode::On : EconomyMode::Shadow;
}

SemanticCacheSettings parse_semantic_cache(const config::Node& node, config::Faults& faults) {
  SemanticCacheSettings settings;
  settings.mode = mode_of(node["mode"]);
  settings.threshold_percent = static_cast<int>(node["threshold_percent"].integer());
  settings.embedding_timeout = node["timeout"].duration();
  settings.verify_percent = static_cast<int>(node["verify_percent"].integer());
  settings.keeps_texts = node["keep_texts"].boolean();
  for (const auto& name : node["names"].texts()) {
    for (auto& word : question_words(name)) settings.names.push_back(std::move(word.folded));
  }
  const bool is_by_meaning = node["similarity"].text() == "embeddings";
  if (is_by_meaning && !node["model"].is_set()) {
    faults.push_back(node["similarity"].error("similarity by embeddings needs a model",
                                              "Name an embedding model of `models` in `model`."));
  }
  if (!is_by_meaning && node["model"].is_set()) {
    faults.push_back(node["model"].error("similarity by words asks no model",
                                         "Take `model` out, or write `similarity: embeddings`."));
  }
  if (is_by_meaning) settings.embedding_model = node["model"].text();
  return settings;
}

}  // namespace

config::Spec compression_spec() {
  return config::object(
      "Leaves out sentences of passages and old messages that say nothing about the question.",
      {{"mode", mode_spec("off, shadow (measure what would be left out, send everything), or on.")},
       {"keep_percent", option(Kind::Integer, "How much of what may be compressed is kept, in percent of its tokens.")
                            .between(5, 95)
                            .fallback("50")},
       {"numbers",
        config::choice("keep: a sentence that holds a number is never left out; judge: it is judged like any other.",
                       {"keep", "judge"})
            .fallback("keep")},
       {"max_tokens",
        option(Kind::Integer, "The most that passages may have together, in tokens.").between(50, 10'000'000)},
       {"history",
        config::object(
            "Compression of long conversations.",
            {{"enabled", option(Kind::Boolean, "Whether old messages are compressed too.").fallback("false")},
             {"keep_turns",
              option(Kind::Integer, "Newest messages that stay as they are.").between(1, 1'000).fallback("4")},
             {"min_tokens", option(Kind::Integer, "A conversation of fewer tokens is left alone.")
                                .between(100, 10'000'000)
                                .fallback("2000")}})}});
}

config::Spec semantic_cache_spec() {
  return config::object(
      "Gives the answer of a question that differs in its words only.",
      {{"mode", mode_spec("off, shadow (call all the same and compare the two answers), or on.")},
       {"threshold_percent",
        option(Kind::Integer, "Least likeness of two questions, in percent.").between(50, 100).fallback("85")},
       {"similarity", config::choice("words: the same words, differently put; embeddings: vectors of a model.",
                                     {"words", "embeddings"})
                          .fallback("words")},
       {"model", option(Kind::Name, "The embedding model, one of `models`; for similarity by embeddings.")},
       {"timeout", option(Kind::Duration, "How long an embedding may take; after it the question is a miss.")
                       .between(10, 60'000)
                       .fallback("2s")},
       {"names", config::list_of("Words that tell questions apart, as vpn and sap: for embeddings, which see little "
                                 "of them in small letters.",
                                 option(Kind::Text, "One word, or several.").between(1, 64))
                     .between(0, 1'000)},
       {"verify_percent",
        option(Kind::Integer, "Of hits, when on: how many are asked all the same and compared, in percent.")
            .between(0, 100)
            .fallback("0")},
       {"keep_texts", option(Kind::Boolean, "Keep what was compared, sealed, for people who label samples.")
                          .fallback("false")}});
}

config::Spec prompt_cache_spec() {
  return config::choice("auto: marks prefixes that come again, for providers that cache what is marked.",
                        {"off", "auto"})
      .fallback("off");
}

EconomySettings parse_economy(const config::Node& use_case, config::Faults& faults) {
  EconomySettings settings;
  if (const auto& node = use_case["compression"]; node.is_set()) {
    auto& compression = settings.compression;
    compression.mode = mode_of(node["mode"]);
    compression.keep_percent = static_cast<int>(node["keep_percent"].integer());
    compression.numbers_stay = node["numbers"].text() != "judge";
    if (node["max_tokens"].is_set()) compression.passages_tokens_max = node["max_tokens"].integer();
    const auto& history = node["history"];
    compression.has_history = history["enabled"].boolean();
    if (compression.has_history) {
      compression.history_turns_kept = history["keep_turns"].integer();
      compression.history_tokens_min = history["min_tokens"].integer();
    }
  }
  if (const auto& node = use_case["cache"]["semantic"]; node.is_set()) {
    settings.semantic_cache = parse_semantic_cache(node, faults);
  }
  settings.has_prompt_cache = use_case["prompt_cache"].is_set() && use_case["prompt_cache"].text() == "auto";
  return settings;
}

}  // namespace millwright::gateway
