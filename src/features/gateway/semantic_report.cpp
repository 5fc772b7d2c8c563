#include "features/gateway/semantic_report.hpp"

#include <algorithm>
#include <map>

#include "features/gateway/semantic_advice.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t samples_read_max = 50'000;  // the newest

struct Refused {
  std::int64_t compared = 0, agreed = 0;
};

/// All of one use case and space.
struct Entry {
  SemanticCounts counts;
  std::optional<Timestamp> since;
  std::vector<JudgedPair> pairs;
  std::map<std::string, Refused> refused;
  std::int64_t shadowed = 0, agreed = 0, labelled = 0;
  double answer_likeness = 0;  // summed over shadowed
  Money would_save;
};
using Entries = std::map<std::pair<std::string, std::string>, Entry>;

void note(Entry& entry, const SemanticSample& sample) {
  entry.pairs.push_back({sample.likeness, !sample.difference.empty(), sample.is_right()});
  entry.labelled += sample.label ? 1 : 0;
  if (!sample.difference.empty()) {
    auto& refused = entry.refused[sample.difference];
    ++refused.compared;
    refused.agreed += sample.is_right() ? 1 : 0;
    return;
  }
  if (!sample.would_serve) return;
  ++entry.shadowed;
  entry.agreed += sample.is_right() ? 1 : 0;
  entry.answer_likeness += sample.answer_likeness;
  entry.would_save += sample.cost;
}

json::value share(double part, std::int64_t whole) {
  if (whole == 0) return nullptr;
  return part / static_cast<double>(whole);
}

json::object point_json(const ThresholdPoint& point) {
  return {{"threshold_percent", point.threshold_percent},
          {"shared", point.shared},
          {"right", point.right},
          {"precision", share(static_cast<double>(point.right), point.shared)},
          {"precision_least", point.precision_least},
          {"recall", point.recall}};
}

json::object advice_json(const std::vector<JudgedPair>& pairs, int precision_percent) {
  const auto advice = advise_threshold(pairs, precision_percent);
  json::object shown{{"precision_percent", precision_percent}, {"threshold_percent", nullptr}};
  if (advice.point) shown["threshold_percent"] = advice.point->threshold_percent;
  shown["because"] = advice.because;
  return shown;
}

std::string_view mode_name(EconomyMode mode) {
  return mode == EconomyMode::Off ? "off" : mode == EconomyMode::On ? "on" : "shadow";
}

/// What is in force for the use case now; another space than it has is of an earlier configuration.
void add_settings(json::object& item, const GatewayConfig& config, const std::string& use_case,
                  const std::string& space) {
  const auto found = std::ranges::find(config.use_cases, use_case, &UseCaseConfig::name);
  const bool is_current = found != config.use_cases.end() && found->economy.semantic_cache.space == space;
  item["mode"] = is_current ? json::value(mode_name(found->economy.semantic_cache.mode)) : json::value(nullptr);
  item["threshold_percent"] =
      is_current ? json::value(found->economy.semantic_cache.threshold_percent) : json::value(nullptr);
}

json::object item_json(const std::pair<std::string, std::string>& key, const Entry& entry, int precision_percent,
                       const GatewayConfig& config) {
  json::array refused, curve;
  for (const auto& [difference, counts] : entry.refused) {
    refused.push_back(json::object{{"because", difference}, {"compared", counts.compared}, {"agreed", counts.agreed}});
  }
  if (!entry.pairs.empty()) {
    for (const auto& point : threshold_curve(entry.pairs)) curve.push_back(point_json(point));
  }
  const auto& counts = entry.counts;
  json::object item{{"use_case", key.first}, {"similarity", key.second}};
  add_settings(item, config, key.first, key.second);
  item["since"] = entry.since ? json::value(render_time(*entry.since)) : json::value(nullptr);
  item["asked"] = counts.asked;
  item["served"] = counts.served;
  item["saved_usd"] = render_decimal(counts.saved);
  item["embeddings"] = counts.embeddings;
  item["embeddings_failed"] = counts.embeddings_failed;
  item["embedding_usd"] = render_decimal(counts.embedding_cost);
  item["net_saved_usd"] = render_decimal(counts.saved - counts.embedding_cost);
  item["shadowed"] = entry.shadowed;
  item["agreed"] = entry.agreed;
  item["precision"] = share(static_cast<double>(entry.agreed), entry.shadowed);
  item["answer_likeness"] = share(entry.answer_likeness, entry.shadowed);
  item["would_save_usd"] = render_decimal(entry.would_save);
  item["samples"] = entry.pairs.size();
  item["labelled"] = entry.labelled;
  item["refused"] = std::move(refused);
  item["curve"] = std::move(curve);
  item["advice"] = advice_json(entry.pairs, precision_percent);
  return item;
}

}  // namespace

Result<json::array> report_semantic_cache(SemanticStore& store, const GatewayConfig& config,
                                          const SemanticReportRequest& request) {
  auto totals = store.totals(request.window);
  if (!totals) return pass(totals);
  auto samples = store.samples(request.window, samples_read_max);
  if (!samples) return pass(samples);
  Entries entries;
  for (const auto& each : *totals) {
    auto& entry = entries[{each.use_case, each.space}];
    entry.counts = each.counts;
    entry.since = each.since;
  }
  for (const auto& sample : *samples) note(entries[{sample.use_case, sample.space}], sample);
  json::array items;
  for (const auto& [key, entry] : entries) items.push_back(item_json(key, entry, request.precision_percent, config));
  return items;
}

json::object to_json(const SemanticSample& sample) {
  return {{"trace", sample.trace.text()},
          {"original", sample.original.text()},
          {"use_case", sample.use_case},
          {"similarity", sample.space},
          {"time", render_time(sample.time)},
          {"likeness", sample.likeness},
          {"difference", sample.difference},
          {"would_serve", sample.would_serve},
          {"says_same", sample.says_same},
          {"answer_likeness", sample.answer_likeness},
          {"cost_usd", render_decimal(sample.cost)},
          {"label", !sample.label ? json::value(nullptr) : json::value(*sample.label ? "same" : "different")},
          {"labelled_by", sample.label ? json::value(sample.labelled_by) : json::value(nullptr)}};
}

}  // namespace millwright::gateway
