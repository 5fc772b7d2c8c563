// LiteLLM's prices of media: by the image or pixel, the second and the character. Internal to finops.
//
// An image of a quality and size has a row of its own there, "hd/1024-x-1792/dall-e-3"; here it is one of the prices of
// its model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/finops/price_list.hpp"

namespace millwright::finops {

/// What stands before the model in the name of such a row.
struct ImageKind {
  bool is_one = false;
  std::string quality, size;  // as "1024x1792"
};
/// Takes the kind out of `key` ("azure/hd/1024-x-1792/dall-e-3" keeps its provider).
[[nodiscard]] ImageKind take_litellm_image_kind(std::string_view& key);

/// Reads a price by the second or character. False for any other field.
[[nodiscard]] bool read_litellm_piece(std::string_view name, const json::value& value, PriceRow& row);
/// A field that says once more what such prices say.
[[nodiscard]] bool is_said_by_pieces(std::string_view name, const PriceRow& row);
/// Adds the price of one image, if `model` says one.
void add_litellm_image(const ImageKind& kind, const json::object& model, PriceRow& row);
void keep_pieces(const ModelPrice& from, ModelPrice& price);
/// Rows of one model become one row with all its images.
void join_images(std::vector<PriceRow>& rows);

}  // namespace millwright::finops
