#include "base/text.hpp"

#include <random>

#include <gtest/gtest.h>

namespace millwright {
namespace {

std::string random_text(std::mt19937& random, std::size_t length_max) {
  std::string bytes(random() % (length_max + 1), '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// RFC 4648 §10.
TEST(Encoding, Base64KnownAnswers) {
  struct Case {
    std::string_view bytes;
    std::string_view text;
  };
  for (const auto& [bytes, text] : {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="}, Case{"foo", "Zm9v"},
                                    Case{"foob", "Zm9vYg=="}, Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text).value(), bytes);
  }
  EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(from_base64("+//+").value(), "\xfb\xff\xfe");
}

TEST(Encoding, RoundTripsAnyBytes) {
  std::mt19937 random(3);
  for (int i = 0; i < 2'000; ++i) {
    const auto bytes = random_text(random, 100);
    ASSERT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    ASSERT_EQ(from_base64(to_base64url(bytes)).value(), bytes);
    const std::span view(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ASSERT_EQ(from_hex(to_hex(view)).value(), bytes);
  }
}

TEST(Encoding, RefusesMalformedText) {
  for (const std::string_view text : {"Z", "Zg=", "Zg===", "Z===", "Zm9v!", "Zm 9v", "=", "Zm=v", "Zh==", "Zm9="}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
  EXPECT_FALSE(from_hex("abc").has_value());
  EXPECT_FALSE(from_hex("zz").has_value());
}

TEST(Utf8, FindsTheFirstMalformedByte) {
  struct Case {
    std::string_view text;
    std::optional<std::size_t> bad;
    std::string_view repaired;
  };
  for (const auto& [text, bad, repaired] : {
           Case{"plain ascii text", std::nullopt, "plain ascii text"},
           Case{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", std::nullopt, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
           Case{"eight by\xff", 8, "eight by\xef\xbf\xbd"},
           Case{"\x80", 0, "\xef\xbf\xbd"},
           Case{"a\xc0\xaf" "b", 1, "a\xef\xbf\xbd\xef\xbf\xbd" "b"},                        // overlong
           Case{"a\xed\xa0\x80", 1, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},               // surrogate
           Case{"\xf4\x90\x80\x80", 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, // past U+10FFFF
           Case{"\xe2\x82", 0, "\xef\xbf\xbd"},                                             // cut off
           Case{"\xf0\x9f\x98z", 0, "\xef\xbf\xbdz"},
       }) {
    EXPECT_EQ(first_invalid_utf8(text), bad) << text;
    EXPECT_EQ(to_valid_utf8(text), repaired);
  }
}

TEST(Utf8, RepairAlwaysGivesValidText) {
  std::mt19937 random(5);
  for (int i = 0; i < 5'000; ++i) {
    const auto bytes = random_text(random, 60);
    const auto repaired = to_valid_utf8(bytes);
    ASSERT_FALSE(first_invalid_utf8(repaired).has_value());
    for (std::size_t length = 0; length <= repaired.size(); ++length) {
      const auto prefix = utf8_prefix(repaired, length);
      ASSERT_LE(prefix.size(), length);
      ASSERT_FALSE(first_invalid_utf8(prefix).has_value());
      ASSERT_GT(prefix.size() + 4, length);
    }
  }
}

TEST(Unicode, NormalizesForComparison) {
  EXPECT_EQ(normalized_for_comparison("Stra\xc3\x9f" "e"), "strasse");
  EXPECT_EQ(normalized_for_comparison("\xef\xac\x81le"), "file");                  // ligature fi
  EXPECT_EQ(normalized_for_comparison("e\xcc\x81"), normalized_for_comparison("\xc3\x89"));   // é, decomposed and É
  EXPECT_EQ(normalized_for_comparison("\xef\xbc\xa1\xef\xbc\x92"), "a2");          // full width
}

TEST(Text, SplitsJoinsAndTrims) {
  EXPECT_EQ(split("a,b,,c", ',').size(), 4u);
  EXPECT_EQ(split("", ',').size(), 1u);
  const std::vector<std::string> parts{"a", "b", ""};
  EXPECT_EQ(join(parts, ", "), "a, b, ");
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("   "), "");
  EXPECT_EQ(collapsed_whitespace("  a \n\n b\tc "), "a b c");
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-type"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
}

TEST(Text, NearestNameForgivesSlipsOnly) {
  const std::vector<std::string_view> known{"listen", "durability", "tls", "threads", "max_output_tokens"};
  struct Case {
    std::string_view name;
    std::optional<std::string> nearest;
  };
  for (const auto& [name, nearest] : {
           Case{"lisen", "listen"},
           Case{"lsiten", "listen"},                 // swapped neighbours
           Case{"Listen", "listen"},
           Case{"durabilty", "durability"},
           Case{"max_ouput_token", "max_output_tokens"},
           Case{"tsl", "tls"},
           Case{"budget", std::nullopt},
           Case{"", std::nullopt},
           Case{"xyz", std::nullopt},
       }) {
    EXPECT_EQ(nearest_name(name, known), nearest) << name;
  }
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), known), std::nullopt);
}

TEST(Glob, Matches) {
  struct Case {
    std::string_view pattern, path;
    bool expected;
  };
  for (const auto& [pattern, path, expected] : {
           Case{"**/*.html", "index.html", true},
           Case{"**/*.html", "a/b/index.html", true},
           Case{"**/*.html", "a/b/index.htm", false},
           Case{"*.html", "index.html", true},
           Case{"*.html", "a/index.html", false},
           Case{"a/**/b", "a/b", true},
           Case{"a/**/b", "a/x/y/b", true},
           Case{"a/**/b", "ab", false},
           Case{"a/**", "a/x/y", true},
           Case{"a/**", "b/x", false},
           Case{"**", "any/thing", true},
           Case{"**", "", true},
           Case{"a?c", "abc", true},
           Case{"a?c", "a/c", false},
           Case{"a?c", "a\xc3\xbc" "c", true},
           Case{"a*b*c", "a--b--c", true},
           Case{"a*b*c", "a--c--b", false},
           Case{"", "", true},
           Case{"", "a", false},
           Case{"runbooks/*.md", "runbooks/vpn.md", true},
           Case{"runbooks/*.md", "runbooks/old/vpn.md", false},
           Case{"x**y", "xa/by", true},
       }) {
    EXPECT_EQ(matches_glob(pattern, path), expected) << pattern << " on " << path;
  }
}

TEST(Glob, HostilePatternEnds) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "**/*a";
  EXPECT_FALSE(matches_glob(pattern, std::string(2'000, 'a') + "b"));
}

}  // namespace
}  // namespace millwright
