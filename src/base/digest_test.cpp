#include "base/digest.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace millwright {
namespace {

// FIPS 180-4 examples.
TEST(Digest, Sha256KnownAnswers) {
  EXPECT_EQ(sha256("").text(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").text(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").text(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231 test cases 1, 2 and 6 (a key longer than a block).
TEST(Digest, HmacKnownAnswers) {
  EXPECT_EQ(hmac_sha256(std::string(20, '\x0b'), "Hi There").text(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?").text(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").text(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, PiecesEqualTheWhole) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 31);
  for (const std::size_t piece : {1u, 7u, 63u, 64u, 65u, 999u}) {
    Sha256 stream;
    for (std::size_t at = 0; at < bytes.size(); at += piece) stream.update(std::string_view(bytes).substr(at, piece));
    EXPECT_EQ(stream.finish(), sha256(bytes)) << piece;
  }
}

TEST(Digest, StreamStartsAnewAfterFinish) {
  Sha256 stream;
  stream.update("abc");
  static_cast<void>(stream.finish());
  EXPECT_EQ(stream.finish(), sha256(""));
}

TEST(Digest, TextRoundTrips) {
  const auto digest = sha256("x");
  EXPECT_EQ(Digest::parse(digest.text()).value(), digest);
  EXPECT_EQ(digest.short_text().size(), 12u);
  EXPECT_FALSE(Digest::parse(digest.text() + "00").has_value());
  EXPECT_FALSE(Digest::parse(digest.text().substr(2)).has_value());
  EXPECT_FALSE(Digest::parse("").has_value());
}

TEST(Digest, ComparesInConstantTimeButRightly) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Digest, RandomBytesDiffer) {
  EXPECT_EQ(random_bytes(32).size(), 32u);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace millwright
