#include "features/audit/merkle.hpp"

#include <bit>

namespace millwright::audit {

Digest leaf_hash(std::string_view data) {
  Sha256 hash;
  hash.update(std::string_view("\0", 1));
  hash.update(data);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> bytes{1};
  std::ranges::copy(left.bytes, bytes.begin() + 1);
  std::ranges::copy(right.bytes, bytes.begin() + 33);
  return sha256(std::span<const std::uint8_t>(bytes));
}

Result<MerkleTree> MerkleTree::parse(std::int64_t size, std::string_view peaks) {
  MerkleTree tree;
  tree.size_ = size;
  constexpr std::size_t digits = 64;
  const auto expected = static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(size)));
  if (size < 0 || peaks.size() != expected * digits) {
    return fail(ErrorCode::Corrupt, "the state of the audit tree does not fit its size {}", size);
  }
  for (std::size_t at = 0; at < peaks.size(); at += digits) {
    auto peak = Digest::parse(peaks.substr(at, digits));
    if (!peak) return fail(ErrorCode::Corrupt, "the state of the audit tree is unreadable");
    tree.peaks_.push_back(*peak);
  }
  return tree;
}

void MerkleTree::append(const Digest& leaf) {
  Digest node = leaf;
  // Every one bit at the end of the size is a complete subtree that the new leaf completes to one of twice its size.
  for (auto bits = static_cast<std::uint64_t>(size_); (bits & 1) != 0; bits >>= 1) {
    node = node_hash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

Digest MerkleTree::root() const {
  if (peaks_.empty()) return sha256(std::string_view());
  Digest root = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) root = node_hash(*peak, root);
  return root;
}

std::string MerkleTree::peaks() const {
  std::string text;
  for (const Digest& peak : peaks_) text += peak.text();
  return text;
}

}  // namespace millwright::audit
