#include "features/retrieval/chunk_codec.hpp"

#include <gtest/gtest.h>

namespace millwright::retrieval {
namespace {

StoredLeaf sample() {
  return {.document = Id::generate(), .version = 7, .ordinal = 300, .before = 2, .after = 5, .words_max = 150,
          .title = "VPN", .heading_path = "A > B", .uri = "file:///vpn.md", .updated = from_micros(1'700'000'000'123'456),
          .data_class = policy::DataClass::Confidential, .leaf = {"Reset the token.", 12, Joint::Line}};
}

TEST(ChunkCodec, GivesBackWhatWasStored) {
  const StoredLeaf stored = sample();
  const auto read = decode_leaf(encode(stored));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->document, stored.document);
  EXPECT_EQ(read->version, 7);
  EXPECT_EQ(read->ordinal, 300u);
  EXPECT_EQ(read->before, 2u);
  EXPECT_EQ(read->after, 5u);
  EXPECT_EQ(read->title, "VPN");
  EXPECT_EQ(read->heading_path, "A > B");
  EXPECT_EQ(read->uri, "file:///vpn.md");
  EXPECT_EQ(read->updated, stored.updated);
  EXPECT_EQ(read->data_class, policy::DataClass::Confidential);
  EXPECT_EQ(read->leaf.text, "Reset the token.");
  EXPECT_EQ(read->leaf.page, 12u);
  EXPECT_EQ(read->leaf.joint, Joint::Line);
}

TEST(ChunkCodec, CallsEveryCutRecordCorrupt) {
  const std::string bytes = encode(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto read = decode_leaf(std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
  }
  EXPECT_FALSE(decode_leaf(bytes + "x"));
}

}  // namespace
}  // namespace millwright::retrieval
