#include "features/gateway/economy_counts.hpp"

namespace millwright::gateway {
namespace {

json::value share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return nullptr;
  return static_cast<double>(part) / static_cast<double>(whole);
}

json::object render(const std::string& use_case, const CompressionCounts& counts) {
  return {{"use_case", use_case},
          {"calls", counts.calls},
          {"applied", counts.applied},
          {"shadowed", counts.shadowed},
          {"left_alone", counts.left_alone},
          {"left_alone_for_cache", counts.left_alone_for_cache},
          {"tokens_before", counts.tokens_before},
          {"tokens_after", counts.tokens_after},
          {"ratio", share(counts.tokens_after, counts.tokens_before)},
          {"saving_usd", render_decimal(counts.saving)},
          {"cited", counts.cited},
          {"cited_kept", counts.cited_kept},
          {"citation_recall", share(counts.cited_kept, counts.cited)}};
}

}  // namespace

json::object render_economy(const EconomyCounts& counts) {
  json::array compression;
  for (const auto& [use_case, economy] : counts.counts()) {
    if (economy.compression.calls > 0) compression.push_back(render(use_case, economy.compression));
  }
  return {{"since", render_time(counts.since())}, {"compression", std::move(compression)}};
}

}  // namespace millwright::gateway
