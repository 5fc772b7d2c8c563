// By which names a price list may know a model. Part of finops' inside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millwright::finops {

/// Names for a model `id` of a vendor's list, the most exact first: with its region in front ("eu/gpt-4o-2024-11-20"),
/// as it is, out of an ARN, without the prefix of an inference profile ("us.anthropic.…" as "anthropic.…"), and as its
/// maker names it in the maker's own list. A date is never cut off: models of other dates have other prices.
[[nodiscard]] std::vector<std::string> listed_names(std::string_view vendor, std::string_view id,
                                                    std::string_view region);

}  // namespace millwright::finops
