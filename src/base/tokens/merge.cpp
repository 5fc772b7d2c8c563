#include "base/tokens/merge.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace millwright::tokens {
namespace {

constexpr std::size_t short_bytes_max = 96;  // up to here scanning all pairs for each merge is the fastest
constexpr std::uint32_t none = no_rank;

}  // namespace

std::int64_t Merger::run(std::string_view piece, std::vector<std::uint32_t>* out) {
  if (const auto rank = ranks_.find(piece); rank != no_rank) {
    if (out != nullptr) out->push_back(rank);
    return 1;
  }
  return piece.size() <= short_bytes_max ? run_short(piece, out) : run_long(piece, out);
}

std::int64_t Merger::run_short(std::string_view piece, std::vector<std::uint32_t>* out) {
  std::array<Part, short_bytes_max + 1> parts;
  auto count = piece.size();  // of parts; one more marks the end
  for (std::uint32_t i = 0; i <= count; ++i) {
    parts[i] = {i, i + 1 < count ? ranks_.find(piece.substr(i, 2)) : no_rank};
  }
  const auto rank_over = [&](std::size_t first, std::size_t end) {
    return end > count ? no_rank : ranks_.find(piece.substr(parts[first].begin, parts[end].begin - parts[first].begin));
  };
  for (;;) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count; ++i) {
      if (parts[i].rank < parts[best].rank) best = i;
    }
    if (parts[best].rank == no_rank) break;
    std::copy(parts.begin() + static_cast<std::ptrdiff_t>(best) + 2,
              parts.begin() + static_cast<std::ptrdiff_t>(count) + 1,
              parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    --count;
    parts[best].rank = rank_over(best, best + 2);
    if (best > 0) parts[best - 1].rank = rank_over(best - 1, best + 1);
  }
  if (out != nullptr) {
    for (std::size_t i = 0; i < count; ++i) {
      out->push_back(ranks_.find(piece.substr(parts[i].begin, parts[i + 1].begin - parts[i].begin)));
    }
  }
  return static_cast<std::int64_t>(count);
}

/// Notes the pair of the part at `begin` and its next one, which ends at `end`, when together they are a token.
void Merger::push(std::string_view piece, std::uint32_t begin, std::uint32_t end) {
  const auto rank = ranks_.find(piece.substr(begin, end - begin));
  links_[begin].rank = rank;
  if (rank == no_rank) return;
  heap_.push_back(static_cast<std::uint64_t>(rank) << 32 | begin);
  std::ranges::push_heap(heap_, std::greater());
}

void Merger::join(std::string_view piece, std::uint32_t begin) {
  const auto size = static_cast<std::uint32_t>(piece.size());
  auto& part = links_[begin];
  const auto eaten = part.next;
  part.next = links_[eaten].next;
  links_[eaten].rank = no_rank;
  part.rank = no_rank;
  if (part.next < size) {
    links_[part.next].previous = begin;
    push(piece, begin, links_[part.next].next);
  }
  if (part.previous != none) push(piece, part.previous, part.next);
}

std::int64_t Merger::run_long(std::string_view piece, std::vector<std::uint32_t>* out) {
  const auto size = static_cast<std::uint32_t>(piece.size());
  links_.assign(size, {});
  heap_.clear();
  for (std::uint32_t i = 0; i < size; ++i) {
    links_[i] = {i + 1, i == 0 ? none : i - 1, i + 1 < size ? ranks_.find(piece.substr(i, 2)) : no_rank};
    if (links_[i].rank != no_rank) heap_.push_back(static_cast<std::uint64_t>(links_[i].rank) << 32 | i);
  }
  std::ranges::make_heap(heap_, std::greater());
  while (!heap_.empty()) {
    std::ranges::pop_heap(heap_, std::greater());
    const auto best = heap_.back();
    heap_.pop_back();
    const auto begin = static_cast<std::uint32_t>(best);
    if (links_[begin].rank == best >> 32) join(piece, begin);  // else it has changed since it was noted
  }
  std::int64_t count = 0;
  for (std::uint32_t at = 0; at < size; at = links_[at].next) {
    if (out != nullptr) out->push_back(ranks_.find(piece.substr(at, links_[at].next - at)));
    ++count;
  }
  return count;
}

}  // namespace millwright::tokens
