#include "cli/litellm/prices.hpp"

#include <array>

#include "cli/litellm/amounts.hpp"

namespace millwright::cli::litellm {

namespace {

/// How LiteLLM calls a price, and where it stands below `price`.
struct PriceName {
  std::string_view source, meter;
};
constexpr std::array meters{
    PriceName{"input_cost_per_token", "input"},
    PriceName{"output_cost_per_token", "output"},
    PriceName{"cache_read_input_token_cost", "cached_input"},
    PriceName{"cache_creation_input_token_cost", "cache_write"},
    PriceName{"cache_creation_input_token_cost_above_1hr", "cache_write_1h"},
    PriceName{"output_cost_per_reasoning_token", "reasoning"},
    PriceName{"input_cost_per_audio_token", "audio_input"},
    PriceName{"output_cost_per_audio_token", "audio_output"},
    PriceName{"input_cost_per_image_token", "image_input"},
    PriceName{"output_cost_per_image_token", "image_output"},
};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> tiers{
    {{"_batches", "batch"}, {"_flex", "flex"}, {"_priority", "priority"}}};
constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> bands{
    {{"_above_128k_tokens", 128'000}, {"_above_200k_tokens", 200'000}, {"_above_272k_tokens", 272'000}}};

/// The part of the price that a setting belongs to.
struct Place {
  std::string_view meter, tier;
  std::int64_t above = 0;
};

std::optional<Place> place_of(std::string_view name) {
  Place place;
  for (const auto& [suffix, tier] : tiers) {
    if (!name.ends_with(suffix)) continue;
    place.tier = tier;
    name.remove_suffix(suffix.size());
  }
  for (const auto& [suffix, tokens] : bands) {
    if (!name.ends_with(suffix)) continue;
    place.above = tokens;
    name.remove_suffix(suffix.size());
  }
  for (const auto& meter : meters) {
    if (meter.source == name) place.meter = meter.meter;
  }
  if (place.meter.empty()) return std::nullopt;
  return place;
}

json::object& card_of(json::object& price, const Place& place) {
  if (place.above == 0) {
    if (place.tier.empty()) return price;
    auto& card = price[place.tier];
    return card.is_object() ? card.get_object() : card.emplace_object();
  }
  auto& above = price["above"];
  auto& list = above.is_array() ? above.get_array() : above.emplace_array();
  const std::string_view tier = place.tier.empty() ? "standard" : place.tier;
  for (auto& band : list) {
    auto& known = band.get_object();
    if (known["tokens"] == place.above && string_member(known, "tier") == tier) return known;
  }
  list.emplace_back(json::object{{"tokens", place.above}, {"tier", tier}});
  return list.back().get_object();
}

void read_price(Draft& draft, std::string_view name, const config::Node& node, json::object& price,
                const std::string& path) {
  const auto place = place_of(name);
  if (!place) {
    if (name.find("cost_per_") == std::string_view::npos && name.find("_token_cost") == std::string_view::npos) return;
    draft.account.leave(node, "prices here are by token, not by second, character, image or query",
                        fmt::format("Give {} a price by token, or leave it to the price list.", path));
    return;
  }
  if (!node.is_set()) return;
  const auto target = fmt::format("{}.price", path);
  auto text = price_per_million(node.text());
  if (!text) {
    draft.account.leave(node, "it is not a price in USD a token", fmt::format("Write the price below {}.", target));
    return;
  }
  card_of(price, *place)[place->meter] = std::move(*text);
  draft.account.take(node, fmt::format("{}.{}", target, place->meter));
}

}  // namespace

void read_prices(Draft& draft, const config::Node& parameters, const config::Node& info, json::object& model,
                 const std::string& path) {
  json::object price;
  // LiteLLM lets litellm_params go before model_info.
  for (const auto* map : {&info, &parameters}) {
    for (const auto& [name, node] : map->members()) read_price(draft, name, node, price, path);
  }
  if (price.empty()) return;
  for (const auto* meter : {"input", "output"}) {
    if (price.contains(meter)) continue;
    price[meter] = "0 USD/Mtok";
    draft.assume(fmt::format("{}.price.{}", path, meter),
                 "the source gives this model other prices but not this one, which LiteLLM takes for 0");
  }
  model["price"] = std::move(price);
}

}  // namespace millwright::cli::litellm
