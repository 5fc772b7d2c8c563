// How the tokens of a model are counted: exactly where its encoding is known and in this build, else by an estimate.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tokens/encoding.hpp"
#include "base/tokens/estimate.hpp"

namespace millwright::tokens {

struct Tokeniser {
  std::optional<Encoding> encoding;           // only one that this build has
  Vocabulary vocabulary = Vocabulary::Broad;  // for estimates

  [[nodiscard]] bool is_exact() const { return encoding.has_value(); }
  /// "o200k_base", or "estimate:claude".
  [[nodiscard]] std::string name() const;
  /// Stops soon after more than `tokens_max`.
  [[nodiscard]] Count count(std::string_view text,
                            std::int64_t tokens_max = std::numeric_limits<std::int64_t>::max()) const;
};

/// As a configuration names it: an encoding or a vocabulary.
[[nodiscard]] std::vector<std::string> tokeniser_names();
[[nodiscard]] std::optional<Tokeniser> find_tokeniser(std::string_view name);
/// By what the provider calls the model, with or without a vendor before a slash: "gpt-4o-mini", "anthropic/claude-…".
/// A name that says nothing gives the broad vocabulary.
[[nodiscard]] Tokeniser tokeniser_of_model(std::string_view id);

}  // namespace millwright::tokens
