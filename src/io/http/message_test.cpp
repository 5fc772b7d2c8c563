#include "io/http/message.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

std::string text_of(const Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text.append(name).append("=").append(value).append(";");
  return text;
}

TEST(HeadersTest, NamesCompareWithoutCaseAndTheFirstValueCounts) {
  Headers headers{{"Accept", "a"}, {"accept", "b"}, {"Empty", ""}};
  EXPECT_EQ(headers.find("ACCEPT"), "a");
  EXPECT_TRUE(headers.has("empty"));
  EXPECT_EQ(headers.find("empty"), "");
  EXPECT_FALSE(headers.has("accept-"));
  headers.set("aCCept", "c");
  EXPECT_EQ(text_of(headers), "Accept=c;Empty=;");
  headers.remove("ACCEPT");
  EXPECT_EQ(text_of(headers), "Empty=;");
  headers.clear();
  EXPECT_EQ(headers.size(), 0u);
  EXPECT_EQ(headers.find("empty"), "");
}

TEST(HeadersTest, AValueMayBeOneOfItsOwn) {
  Headers headers;
  headers.add("first", std::string(300, 'x'));
  for (int i = 0; i < 8; ++i) headers.set(std::to_string(i), headers.find("first"));   // grows more than once
  for (int i = 0; i < 8; ++i) EXPECT_EQ(headers.find(std::to_string(i)), std::string(300, 'x')) << i;
  headers.add(headers.find("first"), headers.find("first"));
  EXPECT_EQ(headers.find(std::string(300, 'x')), std::string(300, 'x'));
}

TEST(HeadersTest, IsCopiedWithItsText) {
  Headers headers{{"a", "1"}};
  const Headers copy = headers;
  headers.set("a", "2");
  EXPECT_EQ(copy.find("a"), "1");
  const Headers moved = std::move(headers);
  EXPECT_EQ(moved.find("a"), "2");
}

TEST(HeadersTest, AgreesWithAListOfPairs) {
  Headers headers;
  std::vector<std::pair<std::string, std::string>> list;
  unsigned state = 1;
  const auto next = [&state](unsigned below) { return (state = state * 1'103'515'245 + 12'345) / 65'536 % below; };
  for (int step = 0; step < 20'000; ++step) {
    const std::string name(1 + next(3), static_cast<char>('a' + next(3))), value(next(40), static_cast<char>('0' + next(10)));
    const auto is_it = [&name](const auto& pair) { return pair.first == name; };
    switch (next(8)) {
      case 0:
        headers.remove(name);
        std::erase_if(list, is_it);
        break;
      case 1:
      case 2: {
        headers.set(name, value);
        const auto first = std::ranges::find_if(list, is_it);
        if (first == list.end()) {
          list.emplace_back(name, value);
        } else {
          first->second = value;
          list.erase(std::remove_if(first + 1, list.end(), is_it), list.end());
        }
        break;
      }
      default:
        if (list.size() < 30) {
          headers.add(name, value);
          list.emplace_back(name, value);
        } else {
          headers.clear();
          list.clear();
        }
    }
    ASSERT_TRUE(std::ranges::equal(headers, list, [](const Headers::Field field, const auto& pair) {
      return field.name == pair.first && field.value == pair.second;
    })) << step;
  }
}

}  // namespace
}  // namespace millwright::io::http
