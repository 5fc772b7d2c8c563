#include "features/gateway/agreement.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t read_bytes_max = 64u << 10;

using Counts = std::unordered_map<std::string, std::size_t>;

std::size_t count_words(std::string_view text, Counts& counts) {
  std::size_t all = 0;
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    ++counts[word];
    ++all;
    word.clear();
  };
  for (const char each : utf8_prefix(text, read_bytes_max)) {
    const auto byte = static_cast<unsigned char>(each);
    const bool is_letter = (byte | 0x20u) - 'a' < 26u;
    if (is_letter)
      word += static_cast<char>(byte | 0x20u);
    else if (byte >= 0x80 || byte - '0' < 10u)
      word += each;
    else
      end_word();
  }
  end_word();
  return all;
}

}  // namespace

double agreement_of(std::string_view one, std::string_view other) {
  Counts first, second;
  const auto all = count_words(one, first) + count_words(other, second);
  if (all == 0) return 1;
  std::size_t common = 0;
  for (const auto& [word, count] : first) {
    const auto found = second.find(word);
    if (found != second.end()) common += std::min(count, found->second);
  }
  return 2.0 * static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace millwright::gateway
