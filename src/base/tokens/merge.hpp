// Byte pair encoding of one piece of a text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/tokens/rank_table.hpp"

namespace millwright::tokens {

/// Takes its memory once for all pieces of a text.
class Merger {
 public:
  explicit Merger(const RankTable& ranks) : ranks_(ranks) {}
  /// How many tokens the piece has; their ranks go behind `out`, when there is one. Not empty, at most 4 GiB.
  std::int64_t run(std::string_view piece, std::vector<std::uint32_t>* out);

 private:
  struct Part {  // of a short piece; filled one by one, so not before
    std::uint32_t begin;
    std::uint32_t rank;  // of this part and the next one together
  };
  struct Link {
    std::uint32_t next = 0, previous = 0;
    std::uint32_t rank = no_rank;
  };
  std::int64_t run_short(std::string_view piece, std::vector<std::uint32_t>* out);
  std::int64_t run_long(std::string_view piece, std::vector<std::uint32_t>* out);
  void push(std::string_view piece, std::uint32_t begin, std::uint32_t end);
  void join(std::string_view piece, std::uint32_t begin);

  const RankTable& ranks_;
  std::vector<Link> links_;          // by the byte a part begins with
  std::vector<std::uint64_t> heap_;  // rank above, begin below: the leftmost of the lowest rank comes first
};

}  // namespace millwright::tokens
