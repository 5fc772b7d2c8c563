#include "features/finops/price_card.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/text.hpp"

namespace millwright::finops {
namespace {

constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t nano_per_million_max = 1'000'000'000'000'000'000;

std::optional<std::size_t> find_day(std::string_view name) {
  const auto found = std::ranges::find(day_names, name);
  return found == day_names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - day_names.begin()));
}

/// "13:30" → minutes of the day; "24:00" is its end.
std::optional<std::uint16_t> parse_minute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0, 1, 3, 4}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
  if (text[3] > '5' || minute > 24 * 60) return std::nullopt;
  return static_cast<std::uint16_t>(minute);
}

UnitPrice twice(UnitPrice price) { return {price.nano_per_million * 2}; }

}  // namespace

std::size_t meter_index(UnitPrice RateCard::* price) {
  const auto found = std::ranges::find(priced_meters, price, &PricedMeter::price);
  return static_cast<std::size_t>(found - priced_meters.begin());
}

RateCard complete_card(const PartialCard& partial, const RateCard& otherwise) {
  const auto said = [&partial](UnitPrice RateCard::* price) { return partial[meter_index(price)]; };
  RateCard card;
  card.input = said(&RateCard::input).value_or(otherwise.input);
  card.output = said(&RateCard::output).value_or(otherwise.output);
  card.cache_read = said(&RateCard::cache_read).value_or(card.input);
  card.cache_write = said(&RateCard::cache_write).value_or(card.input);
  card.cache_write_1h =
      said(&RateCard::cache_write_1h)
          .value_or(card.cache_write > card.input ? std::max(card.cache_write, twice(card.input)) : card.cache_write);
  card.reasoning = said(&RateCard::reasoning).value_or(card.output);
  card.audio_in = said(&RateCard::audio_in).value_or(card.input);
  card.audio_out = said(&RateCard::audio_out).value_or(card.output);
  card.image_in = said(&RateCard::image_in).value_or(card.input);
  card.image_out = said(&RateCard::image_out).value_or(card.output);
  card.tool_request = said(&RateCard::tool_request).value_or(otherwise.tool_request);
  return card;
}

std::optional<ModelPrice> price_of_cards(const CardTable& cards) {
  const auto plain = cards.find({ServiceTier::Standard, 0});
  if (plain == cards.end() || !plain->second[meter_index(&RateCard::input)]) return std::nullopt;
  ModelPrice price;
  static_cast<RateCard&>(price) = complete_card(plain->second, RateCard());
  std::map<std::int64_t, RateCard> standard{{0, price}};  // by band
  for (const auto& [key, partial] : cards) {
    const auto& [tier, band] = key;
    if (tier == ServiceTier::Standard && band == 0) continue;
    const auto below = std::prev(standard.upper_bound(band));
    const auto card = complete_card(partial, below->second);
    if (tier == ServiceTier::Standard) standard[band] = card;
    if (card == below->second && (tier != ServiceTier::Priority)) continue;
    price.variants.push_back({tier, band, {}, card});
  }
  return price;
}

Result<DailyHours> parse_hours(std::string_view utc, std::string_view days) {
  DailyHours hours;
  const auto dash = utc.find('-');
  const auto from = dash == std::string_view::npos ? std::nullopt : parse_minute(trimmed(utc.substr(0, dash)));
  const auto to = dash == std::string_view::npos ? std::nullopt : parse_minute(trimmed(utc.substr(dash + 1)));
  if (!from || !to || *from >= *to) {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is no span of one day", utc);
    error.error().fix = "Write UTC hours as in \"01:00-04:00\"; a span over midnight is two.";
    return error;
  }
  hours.from_minute = *from;
  hours.to_minute = *to;
  if (days.empty() || days == "daily") return hours;
  hours.days = 0;
  for (const auto part : split(days, ',')) {
    const auto name = trimmed(part);
    const auto span = name.find('-');
    const auto first = find_day(name.substr(0, span));
    const auto last = span == std::string_view::npos ? first : find_day(name.substr(span + 1));
    if (!first || !last || *first > *last) {
      auto error = fail(ErrorCode::InvalidInput, "\"{}\" names no days", days);
      error.error().fix = "Write days as in \"mon-fri\" or \"sat,sun\".";
      return error;
    }
    for (auto day = *first; day <= *last; ++day) hours.days = static_cast<std::uint8_t>(hours.days | 1u << day);
  }
  return hours;
}

std::string render_days(std::uint8_t days) {
  if (days == 0x7f) return "daily";
  std::string text;
  for (std::size_t day = 0; day < day_names.size(); ++day) {
    if ((days >> day & 1) == 0) continue;
    text += text.empty() ? "" : ",";
    text += day_names[day];
  }
  return text;
}

std::string render_span(const DailyHours& hours) {
  return fmt::format("{:02}:{:02}-{:02}:{:02}", hours.from_minute / 60, hours.from_minute % 60, hours.to_minute / 60,
                     hours.to_minute % 60);
}

Result<UnitPrice> parse_price_number(const json::value& number, int units_exponent) {
  if (!number.is_number()) return fail(ErrorCode::InvalidInput, "a price is no number");
  std::array<char, 64> buffer{};
  const auto value = number.is_double() ? number.get_double() : number.to_number<double>();
  if (!(value >= 0)) return fail(ErrorCode::InvalidInput, "a price is negative");
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const auto mark = text.find('e');
  if (mark == std::string_view::npos) return fail(ErrorCode::InvalidInput, "a price is not finite");
  __int128 digits = 0;
  int decimals = 0;
  bool is_after_point = false;
  for (const char c : text.substr(0, mark)) {
    if (c == '.') {
      is_after_point = true;
      continue;
    }
    digits = digits * 10 + (c - '0');
    decimals += is_after_point ? 1 : 0;
  }
  int exponent = 0;
  const auto digits_of_exponent = text.substr(text[mark + 1] == '+' ? mark + 2 : mark + 1);
  std::from_chars(digits_of_exponent.data(), digits_of_exponent.data() + digits_of_exponent.size(), exponent);
  // USD per 10^u units → nano-USD per million: × 10^(9 + 6 - u).
  int shift = exponent - decimals + 15 - units_exponent;
  for (; shift > 0 && digits <= nano_per_million_max; --shift) digits *= 10;
  if (digits > nano_per_million_max && shift >= 0) return fail(ErrorCode::InvalidInput, "a price is beyond all bounds");
  for (; shift < -1 && digits > 0; ++shift) digits /= 10;
  if (shift == -1) digits = (digits + 5) / 10;
  return UnitPrice{static_cast<std::int64_t>(digits)};
}

}  // namespace millwright::finops
