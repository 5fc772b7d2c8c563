// Fuzzes counting tokens: any bytes are counted without reading past their end, a count is the length of the encoding,
// no text has more tokens than bytes, and cutting at a piece's end changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/tokens/pieces.hpp"
#include "base/tokens/tokeniser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright::tokens;
  if (size > (64u << 10)) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);  // on the heap: a read past it is seen
  for (const auto encoding : {Encoding::O200kBase, Encoding::Cl100kBase}) {
    const auto piece_end = encoding == Encoding::O200kBase ? piece_end_o200k : piece_end_cl100k;
    for (std::size_t at = 0; at < size;) {
      const auto end = piece_end(text, at);
      if (end <= at || end > size) std::abort();
      at = end;
    }
    if (!is_available(encoding)) continue;
    const auto count = count_tokens(encoding, text).tokens;
    if (count > static_cast<std::int64_t>(size) || (size > 0) != (count > 0)) std::abort();
    if (count != static_cast<std::int64_t>(encode(encoding, text).size())) std::abort();
  }
  if (estimate_tokens(Vocabulary::Claude, text) < 0) std::abort();
  return 0;
}
