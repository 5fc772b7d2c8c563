#include "features/finops/media_prices.hpp"

#include <algorithm>

namespace millwright::finops {
namespace {

constexpr std::string_view flat_mark = "flat:";
constexpr std::string_view image_mark = "@image:", second_mark = "@second", character_mark = "@character";

bool is_unknown(std::string_view text) { return text.empty() || text == "auto"; }

/// A price without rates, but of the same region.
ModelPrice bare(const ModelPrice& price, std::string version) {
  ModelPrice made;
  made.version = std::move(version);
  made.uplift_basis_points = price.uplift_basis_points;
  made.is_unpriced = price.is_unpriced;
  return made;
}

bool may_be(std::string_view priced, std::string_view asked) {
  return priced.empty() || is_unknown(asked) || priced == asked;
}

int closeness(const ImagePrice& image, std::string_view quality, std::string_view size) {
  return (!is_unknown(quality) && image.quality == quality ? 2 : 0) + (!is_unknown(size) && image.size == size ? 1 : 0);
}

}  // namespace

bool has_image_price(const ModelPrice& price, std::string_view quality, std::string_view size) {
  return std::ranges::any_of(price.images, [&](const ImagePrice& image) {
    return (quality.empty() || image.quality == quality) && (size.empty() || image.size == size);
  });
}

std::optional<ModelPrice> by_image(const ModelPrice& price, std::string_view quality, std::string_view size) {
  if (price.images.empty()) return std::nullopt;
  auto made = bare(price, fmt::format("{}{}{}/{}", price.version, image_mark, is_unknown(quality) ? "" : quality,
                                      is_unknown(size) ? "" : size));
  int closest = -1;
  for (const auto& image : price.images) {
    if (!may_be(image.quality, quality) || !may_be(image.size, size)) continue;
    const int close = closeness(image, quality, size);
    if (close < closest) continue;
    made.image_out = close > closest ? image.price : std::max(made.image_out, image.price);
    closest = close;
  }
  if (closest < 0) {
    made.is_unpriced = true;
    for (const auto& image : price.images) made.image_out = std::max(made.image_out, image.price);
  }
  return made;
}

std::optional<ModelPrice> by_second(const ModelPrice& price) {
  if (price.audio_second == UnitPrice()) return std::nullopt;
  auto made = bare(price, price.version + std::string(second_mark));
  made.audio_in.nano_per_million = (price.audio_second.nano_per_million + 999) / 1000;
  return made;
}

std::optional<ModelPrice> by_character(const ModelPrice& price) {
  if (price.character == UnitPrice()) return std::nullopt;
  auto made = bare(price, price.version + std::string(character_mark));
  made.input = price.character;
  return made;
}

ModelPrice flat_price(Money cost, std::string_view what) {
  constexpr std::int64_t most = INT64_MAX / 1'000'000;
  ModelPrice price;
  price.tool_request.nano_per_million = std::clamp<std::int64_t>(cost.nano(), 0, most) * 1'000'000;
  price.version = fmt::format("{}{}", flat_mark, what);
  return price;
}

bool is_flat_price(std::string_view version) { return version.starts_with(flat_mark); }

ModelPrice price_like(const ModelPrice& price, std::string_view version) {
  std::optional<ModelPrice> like;
  const auto mark = version.find('@');
  const auto kind = mark == std::string_view::npos ? std::string_view() : version.substr(mark);
  if (kind == second_mark) like = by_second(price);
  if (kind == character_mark) like = by_character(price);
  if (kind.starts_with(image_mark)) {
    const auto what = kind.substr(image_mark.size());
    const auto slash = std::min(what.rfind('/'), what.size());
    like = by_image(price, what.substr(0, slash), what.substr(std::min(slash + 1, what.size())));
  }
  return like.value_or(price);
}

}  // namespace millwright::finops
