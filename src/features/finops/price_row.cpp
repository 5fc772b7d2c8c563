// Rows of the price list as JSON, and whether a price can be meant.
#include <algorithm>

#include "features/finops/price_card.hpp"
#include "features/finops/price_list.hpp"

namespace millwright::finops {
namespace {

std::string render_mtok(UnitPrice price) { return render_decimal(Money::from_nano(price.nano_per_million)); }

json::object render_card(const RateCard& card) {
  json::object rates;
  for (const auto& meter : priced_meters) rates[meter.name] = render_mtok(card.*meter.price);
  return rates;
}

json::value render_date(Timestamp time) {
  return time == Timestamp{} || time == Timestamp::max() ? json::value(nullptr) : json::value(render_time(time));
}

Result<PartialCard> parse_card(const json::object& row) {
  PartialCard card{};
  const auto* rates = find_member(row, "rates");
  if (rates == nullptr || !rates->is_object()) return fail(ErrorCode::InvalidInput, "a price has no \"rates\"");
  for (const auto& [name, value] : rates->get_object()) {
    const auto meter = std::ranges::find(priced_meters, std::string_view(name), &PricedMeter::name);
    if (meter == priced_meters.end())
      return fail(ErrorCode::InvalidInput, "no meter is called \"{}\"", std::string_view(name));
    if (!value.is_string()) return fail(ErrorCode::InvalidInput, "the price of {} is no text", meter->name);
    auto price = parse_unit_price(std::string(value.get_string()) + " USD/Mtok");
    if (!price) return pass(price);
    card[static_cast<std::size_t>(meter - priced_meters.begin())] = *price;
  }
  return card;
}

Result<Timestamp> parse_date(const json::object& row, std::string_view name, Timestamp otherwise) {
  const auto text = string_member(row, name);
  if (text.empty()) return otherwise;
  return parse_time(text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text));
}

Result<PriceVariant> parse_variant(const json::object& object, const ModelPrice& base) {
  PriceVariant variant;
  variant.tier = find_tier(string_member(object, "tier"));
  if (const auto* above = find_member(object, "above_tokens"); above != nullptr) {
    auto tokens = load_integer(object, "above_tokens");
    if (!tokens) return pass(tokens);
    variant.above_tokens = *tokens;
  }
  if (const auto* utc = find_member(object, "utc"); utc != nullptr && utc->is_array()) {
    for (const auto& span : utc->get_array()) {
      auto hours =
          parse_hours(span.is_string() ? std::string_view(span.get_string()) : "", string_member(object, "days"));
      if (!hours) return pass(hours);
      variant.hours.push_back(*hours);
    }
  }
  auto card = parse_card(object);
  if (!card) return pass(card);
  variant.rates = complete_card(*card, base);
  return variant;
}

Result<void> parse_lists(const json::object& object, PriceRow& row) {
  if (const auto* variants = find_member(object, "variants"); variants != nullptr && variants->is_array()) {
    for (const auto& each : variants->get_array()) {
      if (!each.is_object()) return fail(ErrorCode::InvalidInput, "a variant is no object");
      auto variant = parse_variant(each.get_object(), row.price);
      if (!variant) return pass(variant);
      row.price.variants.push_back(std::move(*variant));
    }
  }
  if (const auto* aliases = find_member(object, "aliases"); aliases != nullptr && aliases->is_array()) {
    for (const auto& alias : aliases->get_array()) {
      if (alias.is_string()) row.aliases.emplace_back(alias.get_string());
    }
  }
  if (const auto* uplifts = find_member(object, "uplift_basis_points"); uplifts != nullptr && uplifts->is_object()) {
    for (const auto& [region, points] : uplifts->get_object()) {
      if (!points.is_int64() || points.get_int64() < 0 || points.get_int64() > 10'000) {
        return fail(ErrorCode::InvalidInput, "the uplift of {} is not between 0 and 10000", std::string_view(region));
      }
      row.uplifts[std::string(region)] = points.get_int64();
    }
  }
  return {};
}

json::object render_variant(const PriceVariant& variant) {
  json::object each{{"tier", tier_name(variant.tier)}, {"above_tokens", variant.above_tokens}};
  if (!variant.hours.empty()) {
    json::array spans;
    for (const auto& hours : variant.hours) spans.emplace_back(render_span(hours));
    each["utc"] = std::move(spans);
    each["days"] = render_days(variant.hours.front().days);
  }
  each["rates"] = render_card(variant.rates);
  return each;
}

void render_media(const ModelPrice& price, json::object& object) {
  json::array images;
  for (const auto& image : price.images) {
    images.push_back(
        json::object{{"quality", image.quality}, {"size", image.size}, {"rate", render_mtok(image.price)}});
  }
  if (!images.empty()) object["images"] = std::move(images);
  if (price.audio_second != UnitPrice()) object["audio_second"] = render_mtok(price.audio_second);
  if (price.character != UnitPrice()) object["character"] = render_mtok(price.character);
}

Result<UnitPrice> parse_rate(const json::object& object, std::string_view name) {
  return parse_unit_price(std::string(string_member(object, name)) + " USD/Mtok");
}

Result<void> parse_media(const json::object& object, ModelPrice& price) {
  if (const auto* images = find_member(object, "images"); images != nullptr && images->is_array()) {
    for (const auto& each : images->get_array()) {
      if (!each.is_object()) return fail(ErrorCode::InvalidInput, "a price of images is no object");
      auto rate = parse_rate(each.get_object(), "rate");
      if (!rate) return pass(rate);
      price.images.push_back({std::string(string_member(each.get_object(), "quality")),
                              std::string(string_member(each.get_object(), "size")), *rate});
    }
  }
  for (const auto& [name, rate] :
       {std::pair{"audio_second", &price.audio_second}, std::pair{"character", &price.character}}) {
    if (find_member(object, name) == nullptr) continue;
    auto parsed = parse_rate(object, name);
    if (!parsed) return pass(parsed);
    *rate = *parsed;
  }
  return {};
}

struct Bound {
  std::int64_t low, high;  // nano-USD per million
};
constexpr Bound token_bound{1'000'000, 2'000'000'000'000};           // 0.001 … 2,000 USD/Mtok
constexpr Bound piece_bound{1'000'000, 1'000'000'000'000'000};          // audio and images may be billed by the piece
constexpr Bound tool_bound{10'000'000'000, 1'000'000'000'000'000};      // 0.00001 … 1 USD a request

Bound bound_of(const PricedMeter& meter) {
  if (meter.side == MeterSide::Tool) return tool_bound;
  const auto name = meter.name;
  return name.starts_with("audio") || name.starts_with("image") ? piece_bound : token_bound;
}

std::optional<std::string> find_implausible_card(const RateCard& card) {
  for (const auto& meter : priced_meters) {
    const auto price = card.*meter.price;
    const auto bound = bound_of(meter);
    if (price.nano_per_million == 0 || (price.nano_per_million >= bound.low && price.nano_per_million <= bound.high))
      continue;
    return fmt::format("{} would cost {} USD per million: the unit is wrong, or a digit too {}", meter.name,
                       render_mtok(price), price.nano_per_million < bound.low ? "few" : "many");
  }
  if (card.cache_read > card.input && card.input.nano_per_million > 0 &&
      card.cache_read.nano_per_million / 2 > card.input.nano_per_million) {
    return fmt::format("reading the cache would cost more than twice the input ({} and {} USD/Mtok)",
                       render_mtok(card.cache_read), render_mtok(card.input));
  }
  return std::nullopt;
}

}  // namespace

json::object render_row(const PriceRow& row) {
  json::object object{{"vendor", row.vendor},           {"model", row.model},
                      {"from", render_date(row.from)},  {"until", render_date(row.until)},
                      {"source", row.source},           {"checked", render_date(row.checked)},
                      {"rates", render_card(row.price)}};
  json::array variants, aliases;
  for (const auto& variant : row.price.variants) variants.push_back(render_variant(variant));
  for (const auto& alias : row.aliases) aliases.emplace_back(alias);
  json::object uplifts;
  for (const auto& [region, points] : row.uplifts) uplifts[region] = points;
  object["variants"] = std::move(variants);
  object["aliases"] = std::move(aliases);
  object["uplift_basis_points"] = std::move(uplifts);
  render_media(row.price, object);
  return object;
}

Result<PriceRow> parse_row(const json::object& object) {
  PriceRow row;
  auto vendor = load_string(object, "vendor");
  if (!vendor) return pass(vendor);
  auto model = load_string(object, "model");
  if (!model) return pass(model);
  row.vendor = std::move(*vendor);
  row.model = std::move(*model);
  row.source = string_member(object, "source");
  auto from = parse_date(object, "from", Timestamp{});
  if (!from) return pass(from);
  auto until = parse_date(object, "until", Timestamp::max());
  if (!until) return pass(until);
  auto checked = parse_date(object, "checked", Timestamp{});
  if (!checked) return pass(checked);
  row.from = *from;
  row.until = *until;
  row.checked = *checked;
  auto card = parse_card(object);
  if (!card) return pass(card);
  if (!(*card)[meter_index(&RateCard::input)]) return fail(ErrorCode::InvalidInput, "{} has no input price", row.model);
  static_cast<RateCard&>(row.price) = complete_card(*card, RateCard());
  auto lists = parse_lists(object, row);
  if (!lists) return pass(lists);
  auto media = parse_media(object, row.price);
  if (!media) return pass(media);
  row.price.version = version_of(row.price);
  return row;
}

std::optional<std::string> find_implausible(const ModelPrice& price) {
  if (auto why = find_implausible_card(price)) return why;
  for (const auto& variant : price.variants) {
    if (auto why = find_implausible_card(variant.rates)) return why;
  }
  return std::nullopt;
}

double change_factor(const ModelPrice& before, const ModelPrice& after) {
  double most = 1;
  for (const auto price : {&RateCard::input, &RateCard::output}) {
    const auto old_price = static_cast<double>((before.*price).nano_per_million);
    const auto new_price = static_cast<double>((after.*price).nano_per_million);
    if (old_price == new_price) continue;
    if (old_price == 0 || new_price == 0) return change_factor_max * 2;  // free or not is no matter of degree
    most = std::max({most, old_price / new_price, new_price / old_price});
  }
  return most;
}

std::string_view vendor_of_host(std::string_view host) {
  struct Known {
    std::string_view host, vendor;
  };
  static constexpr std::array known{
      Known{"api.openai.com", "openai"},
      Known{"eu.api.openai.com", "openai"},
      Known{"us.api.openai.com", "openai"},
      Known{"api.anthropic.com", "anthropic"},
      Known{"generativelanguage.googleapis.com", "gemini"},
      Known{"api.deepseek.com", "deepseek"},
      Known{"api.mistral.ai", "mistral"},
      Known{"api.groq.com", "groq"},
      Known{"api.x.ai", "xai"},
      Known{"api.cohere.com", "cohere"},
      Known{"api.cohere.ai", "cohere"},
      Known{"api.together.xyz", "together"},
      Known{"api.together.ai", "together"},
      Known{"api.fireworks.ai", "fireworks"},
      Known{"openrouter.ai", "openrouter"},
      Known{"api.perplexity.ai", "perplexity"},
      Known{"api.cerebras.ai", "cerebras"},
      Known{"api.moonshot.ai", "moonshot"},
  };
  constexpr std::array<std::string_view, 4> azure{".openai.azure.com", ".services.ai.azure.com",
                                                  ".cognitiveservices.azure.com", ".openai.azure.us"};
  if (std::ranges::any_of(azure, [host](std::string_view end) { return host.ends_with(end); })) return "azure";
  const bool is_amazon = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
  const bool is_runtime = host.starts_with("bedrock-runtime.") || host.starts_with("bedrock-runtime-fips.") ||
                          host.find(".bedrock-runtime.") != std::string_view::npos;  // a private endpoint
  if (is_amazon && is_runtime) return "bedrock";
  if (host.ends_with("aiplatform.googleapis.com")) return "vertex";
  const auto found = std::ranges::find(known, host, &Known::host);
  return found == known.end() ? std::string_view() : found->vendor;
}

}  // namespace millwright::finops
