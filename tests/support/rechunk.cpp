#include "tests/support/rechunk.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millwright::test {

void in_pieces(std::string_view bytes, const NextSize& next_size, const std::function<bool(std::string_view)>& take) {
  while (!bytes.empty()) {
    const auto size = std::min(std::max<std::size_t>(next_size(), 1), bytes.size());
    if (!take(bytes.substr(0, size))) return;
    bytes.remove_prefix(size);
  }
}

void expect_same_for_every_cutting(std::string_view bytes, std::string_view name,
                                   const std::function<std::string(std::string_view, const NextSize&)>& read) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("{}, seed {}", name, seed));
  std::mt19937 random(seed);
  const auto whole = read(bytes, [&bytes] { return bytes.size(); });
  EXPECT_EQ(read(bytes, [] { return std::size_t{1}; }), whole);
  for (std::size_t round = 0; round < 50; ++round) {
    std::uniform_int_distribution<std::size_t> size(1, 1 + round * 8);
    ASSERT_EQ(read(bytes, [&] { return size(random); }), whole);
  }
}

}  // namespace millwright::test
