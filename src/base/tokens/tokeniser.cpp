#include "base/tokens/tokeniser.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace millwright::tokens {
namespace {

struct Family {
  std::string_view prefix;  // of the model's name, lower case
  std::string_view tokeniser;
};
// The longest prefix that fits is the first of its kind. OpenAI: as tiktoken's model table has them.
constexpr std::array<Family, 33> families{{
    {"gpt-3.5", "cl100k_base"},
    {"gpt-35", "cl100k_base"},
    {"gpt-4o", "o200k_base"},
    {"gpt-4.1", "o200k_base"},
    {"gpt-4.5", "o200k_base"},
    {"gpt-4", "cl100k_base"},
    {"gpt-", "o200k_base"},
    {"chatgpt-4o", "o200k_base"},
    {"o1", "o200k_base"},
    {"o3", "o200k_base"},
    {"o4-mini", "o200k_base"},
    {"codex-", "o200k_base"},
    {"computer-use", "o200k_base"},
    {"text-embedding-3", "cl100k_base"},
    {"text-embedding-ada-002", "cl100k_base"},
    {"ft:gpt-3.5", "cl100k_base"},
    {"ft:gpt-4o", "o200k_base"},
    {"ft:gpt-4.1", "o200k_base"},
    {"ft:gpt-4", "cl100k_base"},
    {"ft:o4-mini", "o200k_base"},
    {"claude", "claude"},
    {"anthropic.claude", "claude"},
    {"gemini", "large"},
    {"gemma", "large"},
    {"llama-2", "narrow"},
    {"llama2", "narrow"},
    {"codellama", "narrow"},
    {"mistral-7b", "narrow"},
    {"mixtral", "narrow"},
    {"open-mixtral", "narrow"},
    {"open-mistral-7b", "narrow"},
    {"phi-3", "narrow"},
    {"tinyllama", "narrow"},
}};
constexpr std::array vocabularies{Vocabulary::Large, Vocabulary::Broad, Vocabulary::Narrow, Vocabulary::Claude};

}  // namespace

std::string Tokeniser::name() const {
  return encoding ? std::string(encoding_name(*encoding)) : "estimate:" + std::string(vocabulary_name(vocabulary));
}

Count Tokeniser::count(std::string_view text, std::int64_t tokens_max) const {
  return encoding ? count_tokens(*encoding, text, tokens_max) : Count{estimate_tokens(vocabulary, text), false};
}

std::vector<std::string> tokeniser_names() {
  std::vector<std::string> names{"o200k_base", "o200k_harmony", "cl100k_base"};
  for (const auto vocabulary : vocabularies) names.emplace_back(vocabulary_name(vocabulary));
  return names;
}

std::optional<Tokeniser> find_tokeniser(std::string_view name) {
  if (const auto encoding = find_encoding(name)) {
    Tokeniser tokeniser{encoding, *encoding == Encoding::O200kBase ? Vocabulary::Large : Vocabulary::Broad};
    if (!is_available(*encoding)) tokeniser.encoding.reset();
    return tokeniser;
  }
  for (const auto vocabulary : vocabularies) {
    if (vocabulary_name(vocabulary) == name) return Tokeniser{std::nullopt, vocabulary};
  }
  return std::nullopt;
}

Tokeniser tokeniser_of_model(std::string_view id) {
  if (const auto slash = id.rfind('/'); slash != std::string_view::npos) id.remove_prefix(slash + 1);
  const auto name = to_lower_ascii(id);
  for (const auto& family : families) {
    if (name.starts_with(family.prefix)) return find_tokeniser(family.tokeniser).value_or(Tokeniser{});
  }
  return {};
}

}  // namespace millwright::tokens
