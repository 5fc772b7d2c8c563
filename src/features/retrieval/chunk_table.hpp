// What a search needs to know of every chunk of an index version, in memory: its length, and who may read it.
// Immutable, shared by all searches; eight bytes a chunk.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/retrieval/postings.hpp"
#include "features/retrieval/retrieval.hpp"

namespace millwright::retrieval {

/// What the permissions an index remembers say about a set of chunks.
enum class Sight : std::uint8_t {
  Visible,
  Forbidden,    // by its permissions
  OutOfClass,   // above the request's highest data class, or of none
};

/// Chunks of the same permissions and data class make one set, however many chunks and however few sets there are.
class ChunkTable {
 public:
  /// Reads an index once. Throws Xapian::Error.
  [[nodiscard]] static ChunkTable load(const Xapian::Database& database);

  /// Whole blocks: the last one may be longer than the index, and what is beyond is in a set that nobody may see.
  [[nodiscard]] std::size_t size() const { return dampings_.size(); }
  [[nodiscard]] std::span<const float> dampings() const { return dampings_; }
  /// The number of each chunk's set.
  [[nodiscard]] std::span<const std::uint32_t> sets() const { return sets_; }
  /// By number of set: allow minus deny, within the class. What no permission names is forbidden.
  [[nodiscard]] std::vector<Sight> sights(const Reader& reader, policy::DataClass class_max) const;

 private:
  using SetsByTerm = std::map<std::string, std::vector<std::uint32_t>, std::less<>>;
  friend class SetBuilder;

  std::vector<float> dampings_;
  std::vector<std::uint32_t> sets_;
  std::size_t set_count_ = 0;
  SetsByTerm terms_;   // the permission and class terms of each set, turned around
};

}  // namespace millwright::retrieval
