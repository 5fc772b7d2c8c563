// From text to the terms of an index, the same for chunks and questions; and the terms that carry permissions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/retrieval/retrieval.hpp"

namespace Xapian {
class Document;
}

namespace millwright::retrieval {

/// Adds the stemmed words of a leaf, and those of its title and headings, to `document`.
void add_words(Xapian::Document& document, std::string_view title, std::string_view heading_path,
               std::string_view text);

/// Stemmed words of a question without words that mean nothing ("the", "how"), unless there are no others. Distinct,
/// sorted. Operators have no meaning: this is text, not a query language.
[[nodiscard]] std::vector<std::string> question_terms(std::string_view question);

/// How those of permissions and class begin; no word does.
constexpr std::string_view allow_prefix = "XA:", deny_prefix = "XD:", class_prefix = "XC:";

/// Terms of permissions: one a principal that may read, one a principal that may not, one a data class.
[[nodiscard]] std::string allow_term(std::string_view principal);
[[nodiscard]] std::string deny_term(std::string_view principal);
[[nodiscard]] std::string class_term(policy::DataClass data_class);

/// "everyone", "user:ana", "group:it": whoever a reader counts as.
[[nodiscard]] std::vector<std::string> principals_of(const Reader& reader);

}  // namespace millwright::retrieval
