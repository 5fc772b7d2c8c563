// The model inside the product: it answers with quoted, cited passages and says so when it finds nothing. It needs no
// weights and no network, costs nothing and invents nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_extractive(const gateway::ProviderParts& parts);

/// The two instructions of a prompt that this model understands, by their phrases; everything else in it is ignored.
struct Manner {
  bool cites = true;      // not after "no need to cite", "do not cite", "without citations"
  bool guesses = false;   // after "always give a confident answer", "even when the passages say nothing",
                          // "never say that you do not know": quotes the nearest passage however little it says
};
[[nodiscard]] Manner manner_of(std::string_view prompt);

/// The answer itself, a pure function: up to three quotes, each followed by "[n]", the number of its passage; or the
/// sentence that says that nothing relevant was found.
[[nodiscard]] std::string extract_answer(std::string_view question,
                                         const std::vector<retrieval::ScoredChunk>& passages, Manner manner = {});

}  // namespace millwright::extensions
