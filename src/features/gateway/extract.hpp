// Query-focused extraction: of some texts, the sentences that say most about a question and least twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tokens/tokeniser.hpp"
#include "features/gateway/text_units.hpp"

namespace millwright::gateway {

struct ExtractRequest {
  std::string_view question;
  std::string_view context;             // what was asked before it: weighs less
  std::vector<std::string_view> texts;  // most relevant first, where they have an order
  int keep_percent = 50;                // of all their tokens
  std::int64_t tokens_max = 0;          // for all together; 0: none
  Numbers numbers = Numbers::Stay;
};
struct ExtractedTexts {
  std::vector<std::string> texts;  // one for each given; "…" stands where something was left out
  std::int64_t tokens_before = 0, tokens_after = 0;
  std::size_t units = 0, protected_units = 0, kept = 0;
};
/// What text_units protects always stays, as does the best sentence of every text, even where that is more than was
/// asked for. The rest is chosen by BM25 against the question among all sentences, by its neighbours, by its place and
/// by how little it repeats. The same request gives the same texts. Blocks: some milliseconds for 100 KB.
[[nodiscard]] ExtractedTexts extract(const ExtractRequest& request, const tokens::Tokeniser& tokeniser);

}  // namespace millwright::gateway
