#include "features/finops/config.hpp"

#include "base/digest.hpp"

namespace millwright::finops {
namespace {

using config::Kind;
using config::option;

Period find_period(std::string_view name) {
  if (name == "day") return Period::Day;
  if (name == "week") return Period::Week;
  if (name == "total") return Period::Total;
  return Period::Month;
}

UnitPrice price_or(const config::Node& node, UnitPrice otherwise) {
  return node.is_set() ? node.unit_price() : otherwise;
}

std::string version_of(const ModelPrice& price) {
  const auto text = fmt::format("{} {} {} {} {}", price.input.nano_per_million, price.cache_read.nano_per_million,
                                price.cache_write.nano_per_million, price.output.nano_per_million,
                                price.reasoning.nano_per_million);
  return "p-" + sha256(std::string_view(text)).short_text();
}

}  // namespace

config::Spec budget_spec() {
  return config::object(
      "A limit on what may be spent; money is reserved before each call, so it is never exceeded.",
      {{"limit", option(Kind::Money, "The most that may be spent in one period.").required()},
       {"per", config::choice("The period, in UTC.", {"day", "week", "month", "total"}).fallback("month")},
       {"alerts", config::list_of("Percentages of the limit at which an alert is raised.",
                                  option(Kind::Integer, "Percent.").between(1, 1000))
                      .fallback("[50, 75, 90]")},
       {"at_limit", config::choice("What happens when a call does not fit.", {"block", "warn"}).fallback("block")}});
}

std::optional<BudgetDefinition> parse_budget(const config::Node& budget, std::string scope) {
  if (!budget.is_set()) return std::nullopt;
  BudgetDefinition definition;
  definition.scope = std::move(scope);
  definition.limit = budget["limit"].money();
  definition.period = find_period(budget["per"].text());
  for (const auto& percent : budget["alerts"].items()) {
    definition.alerts_percent.push_back(static_cast<int>(percent.integer()));
  }
  std::ranges::sort(definition.alerts_percent);
  definition.at_limit = budget["at_limit"].text() == "warn" ? AtLimit::Warn : AtLimit::Block;
  return definition;
}

config::Spec price_spec() {
  return config::object("What the provider charges; without it the model is unpriced and billed at the ceiling.",
                        {{"input", option(Kind::UnitPrice, "Uncached input tokens.").required()},
                         {"cached_input", option(Kind::UnitPrice, "Input tokens read from the provider's cache.")},
                         {"cache_write", option(Kind::UnitPrice, "Input tokens written to the provider's cache.")},
                         {"output", option(Kind::UnitPrice, "Output tokens.").required()},
                         {"reasoning", option(Kind::UnitPrice, "Reasoning tokens.")}});
}

std::optional<ModelPrice> parse_price(const config::Node& price) {
  if (!price.is_set()) return std::nullopt;
  ModelPrice parsed;
  parsed.input = price["input"].unit_price();
  parsed.output = price["output"].unit_price();
  parsed.cache_read = price_or(price["cached_input"], parsed.input);
  parsed.cache_write = price_or(price["cache_write"], parsed.input);
  parsed.reasoning = price_or(price["reasoning"], parsed.output);
  parsed.version = version_of(parsed);
  return parsed;
}

config::Section finops_section() {
  return {"finops",
          config::object(
              "Money: how calls without a price are billed and how long a call waits for money held by others.",
              {{"unpriced_ceiling",
                config::object("Price of a model that has none: high on purpose, so that budgets stay safe.",
                               {{"input", option(Kind::UnitPrice, "Input tokens.").fallback("30 USD/Mtok")},
                                {"output", option(Kind::UnitPrice, "Output tokens.").fallback("120 USD/Mtok")}})},
               {"budget_wait", option(Kind::Duration,
                                      "How long a call may wait while reservations of other calls hold the money.")
                                   .fallback("2s")
                                   .between(0, 60'000)}})};
}

FinopsConfig parse_finops(const config::Node& finops) {
  FinopsConfig parsed;
  auto& ceiling = parsed.unpriced_ceiling;
  const auto& node = finops["unpriced_ceiling"];
  ceiling.input = ceiling.cache_read = ceiling.cache_write =
      price_or(node["input"], UnitPrice{30'000'000'000});
  ceiling.output = ceiling.reasoning = price_or(node["output"], UnitPrice{120'000'000'000});
  ceiling.version = "unpriced";
  ceiling.is_unpriced = true;
  if (finops["budget_wait"].is_set()) parsed.budget_wait = finops["budget_wait"].duration();
  return parsed;
}

}  // namespace millwright::finops
