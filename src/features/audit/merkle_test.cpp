#include "features/audit/merkle.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace millwright::audit {
namespace {

/// The definition of RFC 6962, section 2.1, word for word.
Digest reference_root(std::span<const std::string> data) {
  if (data.empty()) return sha256(std::string_view());
  if (data.size() == 1) return leaf_hash(data[0]);
  std::size_t split = 1;
  while (split * 2 < data.size()) split *= 2;
  return node_hash(reference_root(data.first(split)), reference_root(data.subspan(split)));
}

TEST(MerkleTest, GrowsAsTheDefinitionSays) {
  std::vector<std::string> data;
  MerkleTree tree;
  for (int size = 0; size <= 70; ++size) {
    ASSERT_EQ(tree.root(), reference_root(data)) << size;
    ASSERT_EQ(tree.size(), size);
    data.push_back("entry " + std::to_string(size));
    tree.append(leaf_hash(data.back()));
  }
}

TEST(MerkleTest, MatchesThePublishedTestVectors) {
  // From the Certificate Transparency reference tests: the eight leaves and the root over them.
  const char* leaves[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  MerkleTree tree;
  for (const char* leaf : leaves) tree.append(leaf_hash(from_hex(leaf).value()));
  EXPECT_EQ(tree.root().text(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(MerkleTest, ComesBackFromItsPeaks) {
  MerkleTree tree;
  for (int i = 0; i < 37; ++i) tree.append(leaf_hash(std::to_string(i)));
  auto back = MerkleTree::parse(37, tree.peaks());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->root(), tree.root());
  back->append(leaf_hash("x"));
  tree.append(leaf_hash("x"));
  EXPECT_EQ(back->root(), tree.root());
}

TEST(MerkleTest, PeaksThatDoNotFitAreCorrupt) {
  MerkleTree tree;
  for (int i = 0; i < 3; ++i) tree.append(leaf_hash("x"));
  EXPECT_FALSE(MerkleTree::parse(4, tree.peaks()));
  EXPECT_FALSE(MerkleTree::parse(-1, ""));
  EXPECT_FALSE(MerkleTree::parse(1, std::string(64, 'z')));
  EXPECT_TRUE(MerkleTree::parse(0, ""));
}

}  // namespace
}  // namespace millwright::audit
