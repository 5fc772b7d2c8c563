// Cuttings of a stream's bytes: whatever comes of them must not depend on where they are cut.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace millwright::test {

/// Sizes of pieces, one after the other; 0 counts as 1.
using NextSize = std::function<std::size_t()>;

/// Hands `bytes` on in pieces until they end, or `take` says false.
void in_pieces(std::string_view bytes, const NextSize& next_size, const std::function<bool(std::string_view)>& take);

/// Expects of `read` the same text for the whole of `bytes`, byte by byte, and for fifty random cuttings; a failure
/// tells the seed and `name`.
void expect_same_for_every_cutting(std::string_view bytes, std::string_view name,
                                   const std::function<std::string(std::string_view, const NextSize&)>& read);

}  // namespace millwright::test
