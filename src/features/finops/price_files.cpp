// Files of prices that others keep: LiteLLM's model_prices_and_context_window.json, models.dev's api.json, and our own.
#include <algorithm>
#include <charconv>
#include <set>

#include "features/finops/price_card.hpp"
#include "features/finops/price_files_media.hpp"
#include "features/finops/price_list.hpp"

namespace millwright::finops {
namespace {

struct Field {
  std::string_view name;
  UnitPrice RateCard::* price;
};
// Longer names first: a field is known by its longest beginning.
constexpr std::array litellm_fields{
    Field{"cache_creation_input_token_cost_above_1hr", &RateCard::cache_write_1h},
    Field{"cache_creation_input_token_cost", &RateCard::cache_write},
    Field{"cache_read_input_token_cost", &RateCard::cache_read},
    Field{"output_cost_per_reasoning_token", &RateCard::reasoning},
    Field{"input_cost_per_audio_token", &RateCard::audio_in},
    Field{"output_cost_per_audio_token", &RateCard::audio_out},
    Field{"input_cost_per_image_token", &RateCard::image_in},
    Field{"output_cost_per_image_token", &RateCard::image_out},
    Field{"input_cost_per_token", &RateCard::input},
    Field{"output_cost_per_token", &RateCard::output},
};
constexpr std::array models_dev_fields{
    Field{"input", &RateCard::input},
    Field{"output", &RateCard::output},
    Field{"cache_read", &RateCard::cache_read},
    Field{"cache_write", &RateCard::cache_write},
    Field{"reasoning", &RateCard::reasoning},
    Field{"input_audio", &RateCard::audio_in},
    Field{"output_audio", &RateCard::audio_out},
};
constexpr std::array<std::string_view, 9> metered_modes{"",
                                                        "chat",
                                                        "completion",
                                                        "responses",
                                                        "embedding",
                                                        "image_generation",
                                                        "image_edit",
                                                        "audio_transcription",
                                                        "audio_speech"};

/// One name a vendor, whatever a file calls it.
std::string vendor_named(std::string_view name) {
  struct Known {
    std::string_view name, vendor;
  };
  static constexpr std::array known{
      Known{"google", "gemini"},
      Known{"google-vertex", "vertex"},
      Known{"bedrock_converse", "bedrock"},
      Known{"amazon-bedrock", "bedrock"},
      Known{"cohere_chat", "cohere"},
      Known{"together_ai", "together"},
      Known{"togetherai", "together"},
      Known{"fireworks_ai", "fireworks"},
      Known{"fireworks-ai", "fireworks"},
      Known{"text-completion-openai", "openai"},
      Known{"moonshotai", "moonshot"},
  };
  if (name.starts_with("vertex_ai")) return "vertex";
  const auto found = std::ranges::find(known, name, &Known::name);
  return std::string(found == known.end() ? name : found->vendor);
}

bool take_front(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

/// "_above_200k_tokens_priority" → tier and band; nothing when a part is unknown.
std::optional<std::pair<ServiceTier, std::int64_t>> parse_suffix(std::string_view rest) {
  std::pair<ServiceTier, std::int64_t> key{ServiceTier::Standard, 0};
  while (!rest.empty()) {
    if (take_front(rest, "_batches"))
      key.first = ServiceTier::Batch;
    else if (take_front(rest, "_flex"))
      key.first = ServiceTier::Flex;
    else if (take_front(rest, "_priority"))
      key.first = ServiceTier::Priority;
    else if (take_front(rest, "_above_")) {
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), key.second);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      if (error != std::errc() || key.second <= 0 || key.second > 100'000 || !take_front(rest, "k_tokens"))
        return std::nullopt;
      key.second *= 1'000;
    } else
      return std::nullopt;
  }
  return key;
}

struct Reading {
  ParsedPrices parsed;
  void skip(const std::string& vendor, const std::string& model, std::string why) {
    parsed.lines.push_back({vendor, model, "skipped", std::move(why), {}, {}});
  }
  void take(PriceRow row, std::string remark) {
    if (!remark.empty()) parsed.lines.push_back({row.vendor, row.model, "", "not taken: " + remark, {}, {}});
    row.price.version = version_of(row.price);
    parsed.rows.push_back(std::move(row));
  }
};

bool is_price(const json::value& value) { return value.is_number() && value.to_number<double>() != 0; }

/// The dearest search depth: which one a call used is not in its usage.
void read_search(const json::value& value, CardTable& cards) {
  if (!value.is_object()) return;
  for (const auto& [depth, cost] : value.get_object()) {
    auto price = parse_price_number(cost, 0);
    if (!price) continue;
    auto& tool = cards[{ServiceTier::Standard, 0}][meter_index(&RateCard::tool_request)];
    tool = std::max(tool.value_or(UnitPrice()), *price);
  }
}

void read_litellm_field(std::string_view name, const json::value& value, CardTable& cards, PriceRow& row,
                        std::set<std::string>& left_out) {
  constexpr std::string_view uplift = "regional_processing_uplift_multiplier_";
  if (name == "search_context_cost_per_query") return read_search(value, cards);
  if (name.starts_with(uplift) && value.is_number()) {
    const auto points = (value.to_number<double>() - 1) * 10'000 + 0.5;
    if (points >= 0 && points <= 10'000)
      row.uplifts[std::string(name.substr(uplift.size()))] = static_cast<std::int64_t>(points);
    return;
  }
  if (read_litellm_piece(name, value, row)) return;
  const auto field =
      std::ranges::find_if(litellm_fields, [name](const Field& each) { return name.starts_with(each.name); });
  if (field == litellm_fields.end()) {
    if (name.find("cost") != std::string_view::npos && is_price(value)) left_out.emplace(name);
    return;
  }
  const auto key = parse_suffix(name.substr(field->name.size()));
  if (value.is_null()) return;
  const auto price = parse_price_number(value, 0);
  if (!key || !price)
    left_out.emplace(name);
  else
    cards[*key][meter_index(field->price)] = *price;
}

void read_litellm_model(std::string_view key, const json::object& model, Reading& reading) {
  PriceRow row;
  const auto kind = take_litellm_image_kind(key);
  const auto provider = string_member(model, "litellm_provider");
  row.vendor = vendor_named(provider);
  row.model = key;
  const auto prefix = key.substr(0, key.find('/'));
  if (prefix.size() < key.size() && vendor_named(prefix) == row.vendor) row.model = key.substr(prefix.size() + 1);
  if (provider.empty()) return reading.skip("", row.model, "it names no provider");
  const auto mode = string_member(model, "mode");
  if (std::ranges::find(metered_modes, mode) == metered_modes.end()) {
    return reading.skip(row.vendor, row.model, fmt::format("{} is not billed by tokens here", mode));
  }
  CardTable cards;
  std::set<std::string> left_out;
  for (const auto& [name, value] : model) read_litellm_field(name, value, cards, row, left_out);
  add_litellm_image(kind, model, row);
  std::erase_if(left_out, [&row](const std::string& name) { return is_said_by_pieces(name, row); });
  const bool is_by_piece =
      !row.price.images.empty() || row.price.audio_second != UnitPrice() || row.price.character != UnitPrice();
  auto& plain = cards[{ServiceTier::Standard, 0}];
  if (is_by_piece && !plain[meter_index(&RateCard::input)]) plain[meter_index(&RateCard::input)] = UnitPrice();
  auto price = price_of_cards(cards);
  if (!price) return reading.skip(row.vendor, row.model, "it has no price of input tokens");
  keep_pieces(row.price, *price);
  row.price = std::move(*price);
  reading.take(std::move(row), fmt::format("{}", fmt::join(left_out, ", ")));
}

PartialCard read_models_dev_card(const json::object& cost) {
  PartialCard card{};
  for (const auto& field : models_dev_fields) {
    const auto* value = find_member(cost, field.name);
    if (value == nullptr) continue;
    if (auto price = parse_price_number(*value, 6)) card[meter_index(field.price)] = *price;
  }
  return card;
}

void read_models_dev_bands(const json::object& cost, CardTable& cards) {
  if (const auto* above = find_member(cost, "context_over_200k"); above != nullptr && above->is_object()) {
    cards[{ServiceTier::Standard, 200'000}] = read_models_dev_card(above->get_object());
  }
  const auto* tiers = find_member(cost, "tiers");
  if (tiers == nullptr || !tiers->is_array()) return;
  for (const auto& each : tiers->get_array()) {
    const auto* tier = each.is_object() ? find_member(each.get_object(), "tier") : nullptr;
    if (tier == nullptr || !tier->is_object()) continue;
    const auto size = load_integer(tier->get_object(), "size");
    if (size && *size > 0) cards[{ServiceTier::Standard, *size}] = read_models_dev_card(each.get_object());
  }
}

void read_models_dev_model(const std::string& vendor, std::string_view id, const json::object& model,
                           Reading& reading) {
  PriceRow row;
  row.vendor = vendor;
  row.model = id;
  const auto* cost = find_member(model, "cost");
  if (cost == nullptr || !cost->is_object()) return reading.skip(vendor, row.model, "it has no price");
  CardTable cards;
  cards[{ServiceTier::Standard, 0}] = read_models_dev_card(cost->get_object());
  read_models_dev_bands(cost->get_object(), cards);
  auto price = price_of_cards(cards);
  if (!price) return reading.skip(vendor, row.model, "it has no price of input tokens");
  row.price = std::move(*price);
  reading.take(std::move(row), {});
}

Result<void> read_own(const json::array& rows, Reading& reading) {
  for (const auto& each : rows) {
    if (!each.is_object()) return fail(ErrorCode::InvalidInput, "a row of \"prices\" is no object");
    auto row = parse_row(each.get_object());
    if (!row) {
      reading.skip(std::string(string_member(each.get_object(), "vendor")),
                   std::string(string_member(each.get_object(), "model")), row.error().message);
      continue;
    }
    reading.take(std::move(*row), {});
  }
  return {};
}

void read_models_dev(const json::object& file, Reading& reading) {
  for (const auto& [id, provider] : file) {
    const auto* models = provider.is_object() ? find_member(provider.get_object(), "models") : nullptr;
    if (models == nullptr || !models->is_object()) continue;
    const auto vendor = vendor_named(id);
    for (const auto& [model_id, model] : models->get_object()) {
      if (model.is_object()) read_models_dev_model(vendor, model_id, model.get_object(), reading);
    }
  }
}

bool any_member_has(const json::object& file, std::string_view name) {
  return std::ranges::any_of(file, [name](const auto& member) {
    return member.value().is_object() && find_member(member.value().get_object(), name) != nullptr;
  });
}

/// Files differ in case and mode of the same model: the first of a name counts.
void drop_repeated(ParsedPrices& parsed) {
  std::set<std::pair<std::string, std::string>> seen;
  std::erase_if(parsed.rows, [&](const PriceRow& row) {
    if (parsed.format == "millwright" || seen.emplace(row.vendor, row.model).second) return false;
    parsed.lines.push_back({row.vendor, row.model, "skipped", "the file has this model before", {}, {}});
    return true;
  });
}

}  // namespace

Result<ParsedPrices> parse_prices_file(std::string_view text) {
  auto file = parse_json_object(text, {64u << 20, 32});
  if (!file) return pass(file);
  Reading reading;
  if (const auto* rows = find_member(*file, "prices"); rows != nullptr && rows->is_array()) {
    reading.parsed.format = "millwright";
    auto read = read_own(rows->get_array(), reading);
    if (!read) return pass(read);
  } else if (any_member_has(*file, "litellm_provider")) {
    reading.parsed.format = "litellm";
    for (const auto& [key, model] : *file) {
      if (key != "sample_spec" && model.is_object()) read_litellm_model(key, model.get_object(), reading);
    }
  } else if (any_member_has(*file, "models")) {
    reading.parsed.format = "models.dev";
    read_models_dev(*file, reading);
  } else {
    auto error = fail(ErrorCode::InvalidInput, "the file is in no known format of prices");
    error.error().fix =
        "Give LiteLLM's model_prices_and_context_window.json, models.dev's api.json, or {\"prices\": [...]}.";
    return error;
  }
  if (reading.parsed.format == "litellm") join_images(reading.parsed.rows);
  drop_repeated(reading.parsed);
  return std::move(reading.parsed);
}

}  // namespace millwright::finops
