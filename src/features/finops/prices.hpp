// Prices of one model, and what a call costs by them. Part of the face of finops: include finops.hpp.
//
// Integers throughout: a price is nano-USD per million units, a cost is added up exactly and rounded once, half up to
// the nano-dollar; a worst case is rounded up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "features/telemetry/telemetry.hpp"

namespace millwright::finops {

using telemetry::TokenCounts;

/// What the provider served a call as; the answer says so, and it may differ from what was asked for. Other: by a name
/// that no price is known for; billed as priority where that has a price, and marked unpriced.
enum class ServiceTier : std::uint8_t { Standard, Batch, Flex, Priority, Other };
[[nodiscard]] std::string_view tier_name(ServiceTier tier);
/// "batch", "flex", "priority"; Standard for "", "default", "standard", "auto" and "scale", which is paid for in
/// advance.
[[nodiscard]] ServiceTier find_tier(std::string_view name);

/// One price a meter. Audio and images: per token, or per piece where the provider bills those.
struct RateCard {
  UnitPrice input, cache_read, cache_write, output, reasoning;
  UnitPrice cache_write_1h, audio_in, audio_out, image_in, image_out;
  UnitPrice tool_request;
  auto operator<=>(const RateCard&) const = default;
};

enum class MeterSide : std::uint8_t { Input, Output, Tool };
/// A meter with its price: the one list that cost, storage and files are made from.
struct PricedMeter {
  std::string_view name;  // as in token_meters
  std::int64_t TokenCounts::* count;
  UnitPrice RateCard::* price;
  MeterSide side;
};
inline constexpr std::array<PricedMeter, 11> priced_meters{{
    {"input", &TokenCounts::input, &RateCard::input, MeterSide::Input},
    {"cache_read", &TokenCounts::cache_read, &RateCard::cache_read, MeterSide::Input},
    {"cache_write", &TokenCounts::cache_write, &RateCard::cache_write, MeterSide::Input},
    {"output", &TokenCounts::output, &RateCard::output, MeterSide::Output},
    {"reasoning", &TokenCounts::reasoning, &RateCard::reasoning, MeterSide::Output},
    {"cache_write_1h", &TokenCounts::cache_write_1h, &RateCard::cache_write_1h, MeterSide::Input},
    {"audio_in", &TokenCounts::audio_in, &RateCard::audio_in, MeterSide::Input},
    {"audio_out", &TokenCounts::audio_out, &RateCard::audio_out, MeterSide::Output},
    {"image_in", &TokenCounts::image_in, &RateCard::image_in, MeterSide::Input},
    {"image_out", &TokenCounts::image_out, &RateCard::image_out, MeterSide::Output},
    {"tool_requests", &TokenCounts::tool_requests, &RateCard::tool_request, MeterSide::Tool},
}};

/// A daily span in UTC on some days of the week; it ends on the day it began, or at midnight.
struct DailyHours {
  std::uint16_t from_minute = 0, to_minute = 24 * 60;  // [from, to)
  std::uint8_t days = 0x7f;                            // bit 0: Monday
  [[nodiscard]] bool contains(Timestamp time) const;
  auto operator<=>(const DailyHours&) const = default;
};

/// A card for calls of one kind. A card with hours goes before one without.
struct PriceVariant {
  ServiceTier tier = ServiceTier::Standard;
  std::int64_t above_tokens = 0;  // for calls whose whole input, cached tokens included, is larger
  std::vector<DailyHours> hours;  // empty: at any time
  RateCard rates;
  bool operator==(const PriceVariant&) const = default;
};

/// What one image costs of a model that is billed by the image; an empty quality or size stands for any.
struct ImagePrice {
  std::string quality, size;  // as "hd", "1024x1792"
  UnitPrice price;
  bool operator==(const ImagePrice&) const = default;
};

/// Everything one model costs at one time. Without a price the model is unpriced: billed at the ceiling, shown as such,
/// never as zero.
struct ModelPrice : RateCard {
  std::string version;  // names this price in the ledger
  bool is_unpriced = false;
  std::vector<PriceVariant> variants;
  std::int64_t uplift_basis_points = 0;  // on everything, for the region of the provider: 1,000 is 10 %
  // Of media that is not billed by tokens (media_prices.hpp); without them it is.
  std::vector<ImagePrice> images;
  UnitPrice audio_second;  // of audio that is heard
  UnitPrice character;     // of text that is spoken
  bool operator==(const ModelPrice&) const = default;
  /// False for a tier whose price is not known: such a call is billed by the standard card and marked unpriced.
  [[nodiscard]] bool has_tier(ServiceTier tier) const;
};
/// A digest of everything in it but the name.
[[nodiscard]] std::string version_of(const ModelPrice& price);

/// How a call is priced besides its counts.
struct PriceContext {
  ServiceTier tier = ServiceTier::Standard;
  Timestamp time{};  // when the call began: decides hours
};
/// The card of a call: the highest band its input reaches, in it the tier's own card, else the standard one. The whole
/// call goes by that card, as providers do it.
[[nodiscard]] const RateCard& card_of(const ModelPrice& price, const TokenCounts& tokens, const PriceContext& context);
[[nodiscard]] Money cost_of(const TokenCounts& tokens, const ModelPrice& price, const PriceContext& context = {});
/// The cost by meter, in the order of priced_meters; the parts add up to cost_of to the nano-dollar (what rounding
/// leaves over goes to the largest remainders).
[[nodiscard]] std::array<Money, priced_meters.size()> parts_of(const TokenCounts& tokens, const ModelPrice& price,
                                                               const PriceContext& context = {});

/// What a call can use at most.
struct CallBounds {
  std::int64_t input_max = 0;   // of all input meters together
  std::int64_t output_max = 0;  // of all output meters together
  std::int64_t tool_requests_max = 0;
  bool may_use_audio = false, may_use_images = false, may_cache_1h = false;
  std::optional<ServiceTier> tier;  // set: served as this or as Standard; else as anything
};
/// Never below the cost of any usage within the bounds, begun at `time`, whatever tier and band it is billed by.
[[nodiscard]] Money worst_case(const CallBounds& bounds, const ModelPrice& price, Timestamp time);

/// A price with the time it holds for: [from, until).
struct PriceVersion {
  Timestamp from{};
  Timestamp until = Timestamp::max();
  ModelPrice price;
  std::string layer;   // "configuration", "imported", "seed"
  std::string source;  // where it was read: a URL or a file
};

/// Immutable; replaced as a whole.
class PriceBook {
 public:
  using Versions = std::map<std::string, std::vector<PriceVersion>, std::less<>>;
  /// By model; of the versions that hold at a time the first in the list counts.
  PriceBook(Versions versions, ModelPrice ceiling);
  /// The ceiling, marked unpriced, for a model without price at that time.
  [[nodiscard]] const ModelPrice& find(std::string_view model, Timestamp time) const;
  [[nodiscard]] const PriceVersion* find_version(std::string_view model, Timestamp time) const;
  /// All of a model, those that count first at the front.
  [[nodiscard]] const std::vector<PriceVersion>& versions(std::string_view model) const;

 private:
  Versions versions_;
  ModelPrice ceiling_;
};

}  // namespace millwright::finops
