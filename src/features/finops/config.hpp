// Budgets and prices as they stand inside other sections, and the section `finops`.
#pragma once

#include <string>

#include "base/config/node.hpp"
#include "features/finops/finops.hpp"

namespace millwright::finops {

/// `budget: {limit: 50 USD, per: month, alerts: [50, 75, 90], at_limit: block}`
[[nodiscard]] config::Spec budget_spec();
/// Nothing when the node is not set: unset is not zero.
[[nodiscard]] std::optional<BudgetDefinition> parse_budget(const config::Node& budget, std::string scope);

/// `price: {input: 0.15 USD/Mtok, cached_input: …, cache_write: …, output: …, above: […], batch: …, hours: […]}`
[[nodiscard]] config::Spec price_spec();
/// Unset parts as price_card.hpp says: kinds of input cost as input, kinds of output as output. The version is a digest
/// of the price.
[[nodiscard]] std::optional<ModelPrice> parse_price(const config::Node& price);
/// The versions of a model's `price` and `price_history`; the first that holds at a time counts. Faults: dates and
/// hours that are none, and prices that cannot be meant (find_implausible) unless `unusual: true` says that they are.
[[nodiscard]] std::vector<PriceVersion> parse_prices(const config::Node& model, config::Faults& faults);

struct FinopsConfig {
  ModelPrice unpriced_ceiling;
  Duration budget_wait{2'000};
};
[[nodiscard]] config::Section finops_section();
[[nodiscard]] FinopsConfig parse_finops(const config::Node& finops);

}  // namespace millwright::finops
