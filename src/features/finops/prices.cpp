#include "features/finops/prices.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace millwright::finops {
namespace {

constexpr std::array<std::string_view, 5> tier_names{"standard", "batch", "flex", "priority", "other"};
constexpr std::int64_t whole = 10'000;                     // basis points
constexpr __int128 unit = 1'000'000 * whole;               // what one nano-dollar has in the sums below
constexpr std::int64_t count_max = 1'000'000'000'000'000;  // beyond it sums could leave 128 bits

__int128 amount(std::int64_t count, UnitPrice price, std::int64_t uplift) {
  return static_cast<__int128>(std::clamp<std::int64_t>(count, 0, count_max)) * price.nano_per_million *
         (whole + uplift);
}

Money clamp(__int128 nano) { return Money::from_nano(static_cast<std::int64_t>(std::min<__int128>(nano, INT64_MAX))); }

std::int64_t input_of(const TokenCounts& tokens) {
  __int128 sum = 0;
  for (const auto& meter : priced_meters) {
    if (meter.side == MeterSide::Input) sum += std::max<std::int64_t>(tokens.*meter.count, 0);
  }
  return static_cast<std::int64_t>(std::min<__int128>(sum, INT64_MAX));
}

bool holds_at(const PriceVariant& variant, Timestamp time) {
  return variant.hours.empty() ||
         std::ranges::any_of(variant.hours, [time](const DailyHours& hours) { return hours.contains(time); });
}

/// The card of a tier in a band, one with hours first.
const RateCard* find_card(const ModelPrice& price, ServiceTier tier, std::int64_t band, Timestamp time) {
  const RateCard* found = nullptr;
  for (const auto& variant : price.variants) {
    if (variant.tier != tier || variant.above_tokens != band || !holds_at(variant, time)) continue;
    if (!variant.hours.empty()) return &variant.rates;
    if (found == nullptr) found = &variant.rates;
  }
  if (found == nullptr && tier == ServiceTier::Standard && band == 0) return &price;
  return found;
}

/// The most one unit of a side can cost by a card, of the meters that the bounds allow.
UnitPrice dearest(const RateCard& card, MeterSide side, const CallBounds& bounds) {
  UnitPrice most;
  for (const auto& meter : priced_meters) {
    if (meter.side != side) continue;
    const bool is_audio = meter.count == &TokenCounts::audio_in || meter.count == &TokenCounts::audio_out;
    const bool is_image = meter.count == &TokenCounts::image_in || meter.count == &TokenCounts::image_out;
    if ((is_audio && !bounds.may_use_audio) || (is_image && !bounds.may_use_images)) continue;
    if (meter.count == &TokenCounts::cache_write_1h && !bounds.may_cache_1h) continue;
    most = std::max(most, card.*meter.price);
  }
  return most;
}

Money worst_by(const RateCard& card, const CallBounds& bounds, std::int64_t uplift) {
  const auto sum = amount(bounds.input_max, dearest(card, MeterSide::Input, bounds), uplift) +
                   amount(bounds.output_max, dearest(card, MeterSide::Output, bounds), uplift) +
                   amount(bounds.tool_requests_max, card.tool_request, uplift);
  return clamp((sum + unit - 1) / unit);
}

}  // namespace

std::string_view tier_name(ServiceTier tier) { return tier_names.at(static_cast<std::size_t>(tier)); }

ServiceTier find_tier(std::string_view name) {
  if (name.empty() || name == "default" || name == "auto" || name == "scale") return ServiceTier::Standard;
  const auto found = std::ranges::find(tier_names, name);
  return found == tier_names.end() ? ServiceTier::Other : static_cast<ServiceTier>(found - tier_names.begin());
}

bool DailyHours::contains(Timestamp time) const {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(time - day).count();
  const auto weekday = std::chrono::weekday{day}.iso_encoding() - 1;
  return (days >> weekday & 1) != 0 && minute >= from_minute && minute < to_minute;
}

bool ModelPrice::has_tier(ServiceTier tier) const {
  // Batch and flex are never dearer than standard, so that the standard card is safe and its use is not worth a mark.
  if (tier != ServiceTier::Priority) return tier != ServiceTier::Other;
  return std::ranges::any_of(variants, [tier](const PriceVariant& variant) { return variant.tier == tier; });
}

std::string version_of(const ModelPrice& price) {
  std::string text;
  const auto append = [&text](const RateCard& card) {
    for (const auto& meter : priced_meters) text += fmt::format("{} ", (card.*meter.price).nano_per_million);
  };
  append(price);
  text += fmt::format("uplift {}", price.uplift_basis_points);
  for (const auto& variant : price.variants) {
    text += fmt::format("; {} {} ", tier_name(variant.tier), variant.above_tokens);
    for (const auto& hours : variant.hours)
      text += fmt::format("{}-{}/{} ", hours.from_minute, hours.to_minute, hours.days);
    append(variant.rates);
  }
  for (const auto& image : price.images) {
    text += fmt::format("; image {} {} {}", image.quality, image.size, image.price.nano_per_million);
  }
  if (price.audio_second != UnitPrice()) text += fmt::format("; second {}", price.audio_second.nano_per_million);
  if (price.character != UnitPrice()) text += fmt::format("; character {}", price.character.nano_per_million);
  return "p-" + sha256(std::string_view(text)).short_text();
}

const RateCard& card_of(const ModelPrice& price, const TokenCounts& tokens, const PriceContext& context) {
  if (price.variants.empty()) return price;
  const auto input = input_of(tokens);
  const auto tier = context.tier == ServiceTier::Other ? ServiceTier::Priority : context.tier;
  const RateCard* best = nullptr;
  std::int64_t best_band = -1;
  for (const auto& variant : price.variants) {
    const auto band = variant.above_tokens;
    if ((band > 0 && input <= band) || band <= best_band) continue;
    const auto* card = find_card(price, tier, band, context.time);
    if (card == nullptr) card = find_card(price, ServiceTier::Standard, band, context.time);
    if (card == nullptr) continue;
    best = card;
    best_band = band;
  }
  return best == nullptr ? static_cast<const RateCard&>(price) : *best;
}

Money cost_of(const TokenCounts& tokens, const ModelPrice& price, const PriceContext& context) {
  const auto& card = card_of(price, tokens, context);
  __int128 sum = 0;
  for (const auto& meter : priced_meters)
    sum += amount(tokens.*meter.count, card.*meter.price, price.uplift_basis_points);
  return clamp((sum + unit / 2) / unit);
}

std::array<Money, priced_meters.size()> parts_of(const TokenCounts& tokens, const ModelPrice& price,
                                                 const PriceContext& context) {
  const auto& card = card_of(price, tokens, context);
  std::array<__int128, priced_meters.size()> exact{};
  std::array<Money, priced_meters.size()> parts{};
  std::array<std::size_t, priced_meters.size()> order{};
  Money left = cost_of(tokens, price, context);
  for (std::size_t i = 0; i < priced_meters.size(); ++i) {
    exact[i] = amount(tokens.*priced_meters[i].count, card.*priced_meters[i].price, price.uplift_basis_points);
    parts[i] = std::min(clamp(exact[i] / unit), left);
    left -= parts[i];
    order[i] = i;
  }
  std::ranges::stable_sort(order, [&exact](std::size_t a, std::size_t b) { return exact[a] % unit > exact[b] % unit; });
  for (std::size_t i = 0; i < order.size() && left > Money(); ++i) {
    parts[order[i]] += Money::from_nano(1);
    left -= Money::from_nano(1);
  }
  return parts;
}

Money worst_case(const CallBounds& bounds, const ModelPrice& price, Timestamp time) {
  Money most = worst_by(price, bounds, price.uplift_basis_points);
  for (const auto& variant : price.variants) {
    if (variant.above_tokens > 0 && bounds.input_max <= variant.above_tokens) continue;
    if (bounds.tier && variant.tier != *bounds.tier && variant.tier != ServiceTier::Standard) continue;
    if (!holds_at(variant, time)) continue;
    most = std::max(most, worst_by(variant.rates, bounds, price.uplift_basis_points));
  }
  return most;
}

PriceBook::PriceBook(Versions versions, ModelPrice ceiling)
    : versions_(std::move(versions)), ceiling_(std::move(ceiling)) {}

const PriceVersion* PriceBook::find_version(std::string_view model, Timestamp time) const {
  const auto found = versions_.find(model);
  if (found == versions_.end()) return nullptr;
  const auto version = std::ranges::find_if(
      found->second, [time](const PriceVersion& each) { return time >= each.from && time < each.until; });
  return version == found->second.end() ? nullptr : &*version;
}

const std::vector<PriceVersion>& PriceBook::versions(std::string_view model) const {
  static const std::vector<PriceVersion> none;
  const auto found = versions_.find(model);
  return found == versions_.end() ? none : found->second;
}

const ModelPrice& PriceBook::find(std::string_view model, Timestamp time) const {
  const auto* version = find_version(model, time);
  return version == nullptr ? ceiling_ : version->price;
}

}  // namespace millwright::finops
