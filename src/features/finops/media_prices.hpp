// Prices of media that is not billed by tokens: by the image, the second or the character. Part of the face of finops:
// include finops.hpp.
//
// Such a price is an ordinary one whose meters count pieces: image_out images, audio_in milliseconds, input characters.
// Its version says which ("p-1a2b@image:hd/1024x1792"), so that a row of the ledger can be rated again.
#pragma once

#include <optional>
#include <string_view>

#include "features/finops/prices.hpp"

namespace millwright::finops {

/// The price of one image. Empty or "auto" for what is not known: the dearest that it may be. A quality or size that
/// has no price costs as the dearest of all and is marked unpriced. Nothing when the model is not billed by the image.
[[nodiscard]] std::optional<ModelPrice> by_image(const ModelPrice& price, std::string_view quality,
                                                 std::string_view size);
/// Of the qualities and sizes that have prices: whether this is one. For defaults that providers document.
[[nodiscard]] bool has_image_price(const ModelPrice& price, std::string_view quality, std::string_view size);
[[nodiscard]] std::optional<ModelPrice> by_second(const ModelPrice& price);
[[nodiscard]] std::optional<ModelPrice> by_character(const ModelPrice& price);

/// A price of one call, whatever it uses: one tool request. `what` names it in the ledger; such rows are never rated
/// again.
[[nodiscard]] ModelPrice flat_price(Money cost, std::string_view what);
[[nodiscard]] bool is_flat_price(std::string_view version);

/// `price` billed as the version of another price of the same model was.
[[nodiscard]] ModelPrice price_like(const ModelPrice& price, std::string_view version);

}  // namespace millwright::finops
