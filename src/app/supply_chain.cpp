#include "app/supply_chain.hpp"

#include <spdlog/spdlog.h>

namespace millwright::app {

namespace {

constexpr std::string_view actor = "scheduler";

Result<void> without_value(bool is_good, const Error& error) {
  if (is_good) return {};
  return std::unexpected(error);
}

}  // namespace

void SupplyChain::report(const std::string& step, const Result<void>& outcome) {
  const auto key = "supply_chain:" + step;
  if (outcome) {
    parts_.alerts->close(key);
    return;
  }
  spdlog::warn("supply chain step={} {}", step, describe(outcome.error()));
  parts_.alerts->raise(key, "warning", step + " failed", outcome.error().message, step);
}

void SupplyChain::build_of(const std::string& dataset) {
  const auto approved = parts_.curation->newest_approved(dataset);
  if (!approved) return;   // nothing approved yet: nothing to build
  for (const auto& index : parts_.retrieval->indexes()) {
    if (index.dataset != dataset) continue;
    const auto built = parts_.retrieval->build(index.name, [](std::int64_t, std::int64_t) {});
    report("index/" + index.name, without_value(built.has_value(), built ? Error{} : built.error()));
  }
}

void SupplyChain::source_changed(const std::string& source) {
  const std::lock_guard lock(mutex_);
  for (const auto& dataset : parts_.curation->datasets()) {
    if (std::ranges::find(dataset.sources, source) == dataset.sources.end()) continue;
    const auto version = parts_.curation->snapshot(dataset.name, actor);
    report("dataset/" + dataset.name, without_value(version.has_value(), version ? Error{} : version.error()));
    if (version) build_of(dataset.name);
  }
  parts_.delivery->refresh();
}

void SupplyChain::build_indexes() {
  const std::lock_guard lock(mutex_);
  for (const auto& dataset : parts_.curation->datasets()) build_of(dataset.name);
  parts_.delivery->refresh();
}

}  // namespace millwright::app
