// Fuzzes the files of prices that others keep: whatever comes in, what is taken is plausible in form and reads back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "features/finops/finops.hpp"

using namespace millwright;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64u << 10)) return 0;
  const auto parsed = finops::parse_prices_file(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!parsed) return 0;
  for (const auto& row : parsed->rows) {
    for (const auto& meter : finops::priced_meters) {
      if ((row.price.*meter.price).nano_per_million < 0) std::abort();
    }
    if (finops::find_implausible(row.price)) continue;
    auto rendered = finops::render_row(row);
    if (row.model.empty() || row.vendor.empty()) continue;
    const auto again = finops::parse_row(rendered);
    if (!again || !(again->price == row.price)) std::abort();
  }
  return 0;
}
