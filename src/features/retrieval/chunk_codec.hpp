// The stored form of a leaf: what an index keeps of each, as few bytes as it takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/retrieval/chunker.hpp"

namespace millwright::retrieval {

/// A leaf with its place. Leaves of a section lie side by side, so that the text around one is read from its
/// neighbours instead of being stored with each.
struct StoredLeaf {
  Id document;
  std::int64_t version = 0;
  std::uint32_t ordinal = 0;               // in the document
  std::uint32_t before = 0, after = 0;     // leaves of the same section on both sides
  std::int64_t words_max = 0;
  std::string title, heading_path, uri;
  Timestamp updated;
  policy::DataClass data_class = policy::DataClass::Internal;
  Leaf leaf;
};

[[nodiscard]] std::string encode(const StoredLeaf& stored);
/// Corrupt when the bytes are not such a record.
[[nodiscard]] Result<StoredLeaf> decode_leaf(std::string_view bytes);

}  // namespace millwright::retrieval
