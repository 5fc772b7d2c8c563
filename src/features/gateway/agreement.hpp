// How much two answers say the same, as far as their words tell.
#pragma once

#include <string_view>

namespace millwright::gateway {

/// The share of words two texts have in common, each as often as it stands in both: 1 for the same words, 0 for none in
/// common. Case and punctuation do not count. Two empty texts agree. Reads 64 KiB of each at most.
[[nodiscard]] double agreement_of(std::string_view one, std::string_view other);

}  // namespace millwright::gateway
