// The Merkle tree of RFC 6962, grown one leaf at a time with only its complete subtrees kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"

namespace millwright::audit {

/// SHA-256 of 0x00 and the data.
[[nodiscard]] Digest leaf_hash(std::string_view data);
/// SHA-256 of 0x01 and both children.
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

class MerkleTree {
 public:
  MerkleTree() = default;
  /// From what `peaks` wrote. Corrupt when the number of peaks does not fit the size.
  [[nodiscard]] static Result<MerkleTree> parse(std::int64_t size, std::string_view peaks);

  void append(const Digest& leaf);
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// Of the empty tree: SHA-256 of nothing.
  [[nodiscard]] Digest root() const;
  /// Roots of the complete subtrees, largest first, in hex.
  [[nodiscard]] std::string peaks() const;

 private:
  std::int64_t size_ = 0;
  std::vector<Digest> peaks_;
};

}  // namespace millwright::audit
