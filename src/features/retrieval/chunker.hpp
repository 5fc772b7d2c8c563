// Cuts a parsed document into sections of leaves: what is indexed, and the text around it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "features/retrieval/retrieval.hpp"

namespace millwright::retrieval {

/// How a leaf is joined to the one before it in its section.
enum class Joint : std::uint8_t { Space, Line, Paragraph };

struct Leaf {
  std::string text;
  std::uint32_t page = 0;
  Joint joint = Joint::Paragraph;
};
/// What stands below one heading, in order.
struct Section {
  std::string heading_path;   // "Chapter > Section", without the document's title
  std::vector<Leaf> leaves;
};

/// Text that nobody can see in the document (hidden blocks) is left out: it may instruct a model, never inform a reader.
[[nodiscard]] std::vector<Section> cut_sections(const ingestion::ParsedDocument& parsed, std::int64_t words_max);

/// The leaf at `index` with its neighbours on both sides, at most `words_max` words, never less than the leaf.
[[nodiscard]] std::string parent_around(std::span<const Leaf> leaves, std::size_t index, std::size_t words_max);
/// Bound of a parent for leaves of `words_max` words.
[[nodiscard]] constexpr std::size_t parent_words_max(std::int64_t words_max) {
  return static_cast<std::size_t>(words_max) * 4;
}

/// Title for people: that of the landed document, else of its text, else its name.
[[nodiscard]] std::string title_of(const ingestion::Document& document, const ingestion::ParsedDocument& parsed);

}  // namespace millwright::retrieval
