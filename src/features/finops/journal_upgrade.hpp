// Journals of earlier layouts, carried over at the first start with a newer one: what a crash left in them is money.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace millwright::finops {

/// "MWJRNL01": the layout with five meters and no service tier.
inline constexpr std::uint64_t journal_magic_1 = 0x31304c4e524a574d;

/// Rewrites a journal of layout 1 as layout 2, whole or not at all: into a file beside it that then takes its place.
/// Leaves every other file alone. Corrupt when the file says layout 1 but is cut.
[[nodiscard]] Result<void> upgrade_journal(const std::string& path, std::uint64_t magic_2);

}  // namespace millwright::finops
