#include "features/finops/config.hpp"

#include <algorithm>
#include <iterator>

#include "features/finops/price_card.hpp"

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

/// A meter as a configuration calls it.
struct Option {
  std::string_view name;
  UnitPrice RateCard::* price;
  std::string_view help;
};
constexpr std::array card_options{
    Option{"input", &RateCard::input, "Uncached input tokens."},
    Option{"cached_input", &RateCard::cache_read, "Input tokens read from the provider's cache."},
    Option{"cache_write", &RateCard::cache_write, "Input tokens written to the provider's cache."},
    Option{"cache_write_1h", &RateCard::cache_write_1h, "Those kept for an hour."},
    Option{"output", &RateCard::output, "Output tokens."},
    Option{"reasoning", &RateCard::reasoning, "Reasoning tokens."},
    Option{"audio_input", &RateCard::audio_in, "Audio going in."},
    Option{"audio_output", &RateCard::audio_out, "Audio coming out."},
    Option{"image_input", &RateCard::image_in, "Images going in."},
    Option{"image_output", &RateCard::image_out, "Images coming out."},
    Option{"tool_request", &RateCard::tool_request, "One request of a tool the provider runs, as in 0.01 USD/unit."},
};

std::vector<config::SpecMember> card_members(bool is_required) {
  std::vector<config::SpecMember> members;
  for (const auto& each : card_options) {
    auto spec = option(Kind::UnitPrice, std::string(each.help));
    const bool is_main = each.price == &RateCard::input || each.price == &RateCard::output;
    members.push_back({std::string(each.name), is_required && is_main ? std::move(spec).required() : std::move(spec)});
  }
  return members;
}

config::Spec card_spec(std::string description, std::vector<config::SpecMember> first = {}) {
  std::ranges::move(card_members(false), std::back_inserter(first));
  return config::object(std::move(description), std::move(first));
}

PartialCard partial_card(const config::Node& node) {
  PartialCard card{};
  for (const auto& each : card_options) {
    if (node[each.name].is_set()) card[meter_index(each.price)] = node[each.name].unit_price();
  }
  return card;
}

CardTable card_table(const config::Node& price) {
  CardTable cards;
  cards[{ServiceTier::Standard, 0}] = partial_card(price);
  for (const auto tier : {ServiceTier::Batch, ServiceTier::Flex, ServiceTier::Priority}) {
    const auto& node = price[tier_name(tier)];
    if (node.is_set()) cards[{tier, 0}] = partial_card(node);
  }
  for (const auto& band : price["above"].items()) {
    const auto tier = find_tier(band["tier"].text());
    cards[{tier, band["tokens"].integer()}] = partial_card(band);
  }
  return cards;
}

void add_hours(const config::Node& price, ModelPrice& parsed, config::Faults* faults) {
  for (const auto& node : price["hours"].items()) {
    PriceVariant variant;
    for (const auto& utc : node["utc"].texts()) {
      auto hours = parse_hours(utc, node["days"].text());
      if (hours)
        variant.hours.push_back(*hours);
      else if (faults != nullptr)
        faults->push_back(node["utc"].error(hours.error().message, hours.error().fix));
    }
    variant.rates = complete_card(partial_card(node), parsed);
    if (!variant.hours.empty()) parsed.variants.push_back(std::move(variant));
  }
}

Timestamp date_or(const config::Node& node, Timestamp otherwise, config::Faults& faults) {
  if (!node.is_set()) return otherwise;
  auto time = parse_time(node.text() + "T00:00:00Z");
  if (time) return *time;
  faults.push_back(node.error(time.error().message));
  return otherwise;
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
  auto members = card_members(true);
  members.push_back({"batch", card_spec("Prices of calls served as batch.").nullable()});
  members.push_back({"flex", card_spec("Prices of calls served as flex.").nullable()});
  members.push_back({"priority", card_spec("Prices of calls served as priority.").nullable()});
  auto band = card_spec(
      "One band.",
      {{"tokens", option(Kind::Integer, "For calls with more input tokens.").required().between(1, 1'000'000'000)},
       {"tier",
        config::choice("For calls served as.", {"standard", "batch", "flex", "priority"}).fallback("standard")}});
  members.push_back({"above", config::list_of("Prices of calls with a larger input; they hold for the whole call.",
                                              std::move(band))});
  auto hours = card_spec(
      "Some hours.", {{"utc", config::list_of("Spans in UTC.", option(Kind::Text, "As in 01:00-04:00.")).required()},
                      {"days", option(Kind::Text, "As in mon-fri or sat,sun.").fallback("daily")}});
  members.push_back({"hours", config::list_of("Prices at some hours of the day.", std::move(hours))});
  auto image = config::object("One kind of image.",
                              {{"quality", option(Kind::Text, "Of this quality, as hd; any when left out.")},
                               {"size", option(Kind::Text, "Of this size, as 1024x1792; any when left out.")},
                               {"price", option(Kind::UnitPrice, "One image, as in 0.04 USD/unit.").required()}});
  members.push_back(
      {"images", config::list_of("Images coming out, where they are billed by the piece.", std::move(image))});
  members.push_back(
      {"audio_second", option(Kind::UnitPrice,
                              "A second of audio going in, where it is billed by its length, as in 0.0001 USD/unit.")});
  members.push_back(
      {"character",
       option(Kind::UnitPrice, "A character of text to be spoken, where that is billed, as in 15 USD/Munit.")});
  members.push_back({"from", option(Kind::Date, "The day from which this price holds.")});
  members.push_back({"until", option(Kind::Date, "The day from which it holds no more.")});
  members.push_back(
      {"unusual", option(Kind::Boolean, "This price is meant, though it looks like a wrong unit.").fallback("false")});
  return config::object("What the provider charges; without it the price list counts, and without that the ceiling.",
                        std::move(members));
}

std::optional<ModelPrice> parse_price(const config::Node& price) {
  if (!price.is_set()) return std::nullopt;
  auto parsed = price_of_cards(card_table(price)).value_or(ModelPrice());
  add_hours(price, parsed, nullptr);
  for (const auto& image : price["images"].items()) {
    parsed.images.push_back({image["quality"].text(), image["size"].text(), image["price"].unit_price()});
  }
  parsed.audio_second = price_or(price["audio_second"], {});
  parsed.character = price_or(price["character"], {});
  parsed.version = version_of(parsed);
  return parsed;
}

std::vector<PriceVersion> parse_prices(const config::Node& model, config::Faults& faults) {
  std::vector<PriceVersion> versions;
  const auto add = [&versions, &faults](const config::Node& node) {
    auto price = parse_price(node);
    if (!price) return;
    ModelPrice ignored = *price;
    add_hours(node, ignored, &faults);
    const auto why = find_implausible(*price);
    if (why && !node["unusual"].boolean()) {
      faults.push_back(
          node.error(*why, "Check the unit (USD/Mtok, USD/ktok, USD/tok), or say `unusual: true` if it is meant."));
    }
    const auto from = date_or(node["from"], Timestamp{}, faults);
    const auto until = date_or(node["until"], Timestamp::max(), faults);
    if (from >= until) faults.push_back(node["until"].error("the price ends before it begins"));
    versions.push_back({from, until, std::move(*price), "configuration", node.where().source});
  };
  add(model["price"]);
  for (const auto& node : model["price_history"].items()) add(node);
  return versions;
}

config::Section finops_section() {
  return {"finops",
          config::object(
              "Money: how calls without a price are billed and how long a call waits for money held by others.",
              {{"unpriced_ceiling",
                config::object("Price of a model that has none: high on purpose, so that budgets stay safe.",
                               {{"input", option(Kind::UnitPrice, "Input tokens.").fallback("30 USD/Mtok")},
                                {"output", option(Kind::UnitPrice, "Output tokens.").fallback("120 USD/Mtok")}})},
               {"budget_wait",
                option(Kind::Duration, "How long a call may wait while reservations of other calls hold the money.")
                    .fallback("2s")
                    .between(0, 60'000)}})};
}

FinopsConfig parse_finops(const config::Node& finops) {
  FinopsConfig parsed;
  auto& ceiling = parsed.unpriced_ceiling;
  const auto& node = finops["unpriced_ceiling"];
  PartialCard card{};
  card[meter_index(&RateCard::input)] = price_or(node["input"], UnitPrice{30'000'000'000});
  card[meter_index(&RateCard::output)] = price_or(node["output"], UnitPrice{120'000'000'000});
  card[meter_index(&RateCard::tool_request)] = UnitPrice{50'000'000'000'000};  // 0.05 USD
  static_cast<RateCard&>(ceiling) = complete_card(card, RateCard());
  ceiling.version = "unpriced";
  ceiling.is_unpriced = true;
  if (finops["budget_wait"].is_set()) parsed.budget_wait = finops["budget_wait"].duration();
  return parsed;
}

}  // namespace millwright::finops
