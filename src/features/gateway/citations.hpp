// Citations: which passages an answer refers to, with a span of the passage that says it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/chat.hpp"
#include "features/retrieval/retrieval.hpp"

namespace millwright::gateway {

/// Every "[n]" in `text` that names one of `passages`, once each, in order of first mention. The quote is always a
/// span of the passage itself: the sentence that shares most words with the sentence before the mark.
[[nodiscard]] std::vector<Citation> find_citations(std::string_view text,
                                                   const std::vector<retrieval::ScoredChunk>& passages);

/// `choices[].message.annotations` for the marks in `text`: start and end index in characters (code points).
[[nodiscard]] json::array annotations_for(std::string_view text, const std::vector<Citation>& citations);
/// `millwright.citations`.
[[nodiscard]] json::array to_json(const std::vector<Citation>& citations);

}  // namespace millwright::gateway
