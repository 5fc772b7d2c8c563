// Cards with gaps, as files and configurations write them, and the rules that fill the gaps. Internal to finops.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "features/finops/prices.hpp"

namespace millwright::finops {

/// Prices by meter, in the order of priced_meters, as far as they are said.
using PartialCard = std::array<std::optional<UnitPrice>, priced_meters.size()>;
[[nodiscard]] std::size_t meter_index(UnitPrice RateCard::* price);

/// Fills the gaps. Input and output: from `otherwise`. What is a kind of input costs as input, what is a kind of output
/// as output; an hour's cache write costs twice the input where writing costs extra at all. Tools: from `otherwise`.
[[nodiscard]] RateCard complete_card(const PartialCard& partial, const RateCard& otherwise);

/// Cards by tier and band → a price; nothing when the plain card names no input. Cards that equal what would be used
/// without them are left out.
using CardTable = std::map<std::pair<ServiceTier, std::int64_t>, PartialCard>;
[[nodiscard]] std::optional<ModelPrice> price_of_cards(const CardTable& cards);

/// "mon-fri", "sat,sun", "daily" → bits from Monday on; and "01:00-04:00".
[[nodiscard]] Result<DailyHours> parse_hours(std::string_view utc, std::string_view days);
[[nodiscard]] std::string render_days(std::uint8_t days);
[[nodiscard]] std::string render_span(const DailyHours& hours);

/// A JSON number of USD per 10^`units_exponent` units, read by its shortest decimal form and rounded half up to a
/// nano-dollar per million. InvalidInput for what is negative, no number or beyond 1 USD a token a thousandfold.
[[nodiscard]] Result<UnitPrice> parse_price_number(const json::value& number, int units_exponent);

}  // namespace millwright::finops
