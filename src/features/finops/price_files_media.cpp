#include "features/finops/price_files_media.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/text.hpp"
#include "features/finops/price_card.hpp"

namespace millwright::finops {
namespace {

constexpr std::array<std::string_view, 6> qualities{"low", "medium", "high", "standard", "hd", "auto"};

/// "1024-x-1792" → "1024x1792"; empty for what is no size.
std::string size_of(std::string_view segment) {
  const auto mark = segment.find("-x-");
  if (mark == std::string_view::npos) return {};
  const auto width = segment.substr(0, mark), height = segment.substr(mark + 3);
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  return is_number(width) && is_number(height) ? fmt::format("{}x{}", width, height) : std::string();
}

double pixels_of(const std::string& size) {
  const auto mark = size.find('x');
  return mark == std::string::npos ? 0 : std::stod(size.substr(0, mark)) * std::stod(size.substr(mark + 1));
}

/// In nano-USD a million, rounded to a millionth of a dollar: prices by the pixel are written shorter than they are.
std::optional<UnitPrice> price_of_pixels(const json::object& model, const std::string& size) {
  const auto pixels = pixels_of(size);
  for (const auto* name : {"input_cost_per_pixel", "output_cost_per_pixel"}) {
    const auto* value = find_member(model, name);
    if (value == nullptr || !value->is_number() || pixels <= 0) continue;
    const auto usd = value->to_number<double>() * pixels;
    if (usd > 0 && usd < 1'000) return UnitPrice{static_cast<std::int64_t>(std::llround(usd * 1e6)) * 1'000'000'000};
  }
  return std::nullopt;
}

std::optional<UnitPrice> price_of_image(const json::object& model, const std::string& size) {
  for (const auto* name : {"output_cost_per_image", "input_cost_per_image"}) {
    const auto* value = find_member(model, name);
    if (value == nullptr) continue;
    auto price = parse_price_number(*value, 0);
    if (price && *price != UnitPrice()) return *price;
  }
  return price_of_pixels(model, size);
}

}  // namespace

ImageKind take_litellm_image_kind(std::string_view& key) {
  ImageKind kind;
  std::string_view provider;
  auto rest = key;
  const auto next = [&rest]() {
    const auto slash = rest.find('/');
    return slash == std::string_view::npos ? std::string_view() : rest.substr(0, slash);
  };
  auto segment = next();
  const bool is_kind = std::ranges::find(qualities, segment) != qualities.end() || !size_of(segment).empty();
  if (!is_kind && !segment.empty()) {
    provider = segment;
    rest.remove_prefix(segment.size() + 1);
    segment = next();
  }
  if (std::ranges::find(qualities, segment) != qualities.end()) {
    kind.quality = segment == "auto" ? "" : segment;
    rest.remove_prefix(segment.size() + 1);
    segment = next();
    kind.is_one = true;
  }
  if (auto size = size_of(segment); !size.empty()) {
    kind.size = std::move(size);
    rest.remove_prefix(segment.size() + 1);
    kind.is_one = true;
  }
  if (kind.is_one) key = rest;  // the provider is said in the row itself
  return kind;
}

bool read_litellm_piece(std::string_view name, const json::value& value, PriceRow& row) {
  const bool is_second = name == "input_cost_per_second";
  if (!is_second && name != "input_cost_per_character") return false;
  auto price = parse_price_number(value, 0);
  if (!price) return false;
  (is_second ? row.price.audio_second : row.price.character) = *price;
  return true;
}

bool is_said_by_pieces(std::string_view name, const PriceRow& row) {
  const bool is_image = name.ends_with("_cost_per_image") || name.ends_with("_cost_per_pixel");
  return (is_image && !row.price.images.empty()) ||
         (name == "output_cost_per_second" && row.price.audio_second != UnitPrice());
}

void add_litellm_image(const ImageKind& kind, const json::object& model, PriceRow& row) {
  const auto mode = string_member(model, "mode");
  if (!kind.is_one && mode != "image_generation" && mode != "image_edit") return;
  auto price = price_of_image(model, kind.size);
  if (price) row.price.images.push_back({kind.quality, kind.size, *price});
}

void keep_pieces(const ModelPrice& from, ModelPrice& price) {
  price.images = from.images;
  price.audio_second = from.audio_second;
  price.character = from.character;
}

void join_images(std::vector<PriceRow>& rows) {
  std::map<std::pair<std::string, std::string>, std::size_t> first;
  std::vector<PriceRow> joined;
  for (auto& row : rows) {
    const auto [known, is_new] = first.try_emplace({row.vendor, row.model}, joined.size());
    if (is_new) {
      joined.push_back(std::move(row));
      continue;
    }
    auto& kept = joined[known->second];
    const bool has_images = !row.price.images.empty() || !kept.price.images.empty();
    if (!has_images) {
      joined.push_back(std::move(row));  // told as a repeated one later
      continue;
    }
    auto images = kept.price.images;
    for (auto& image : row.price.images) {
      const bool is_known = std::ranges::any_of(
          images, [&](const ImagePrice& each) { return each.quality == image.quality && each.size == image.size; });
      if (!is_known) images.push_back(std::move(image));
    }
    if (kept.price.output == UnitPrice() && kept.price.input == UnitPrice()) kept.price = std::move(row.price);
    kept.price.images = std::move(images);
    kept.price.version = version_of(kept.price);
  }
  rows = std::move(joined);
}

}  // namespace millwright::finops
