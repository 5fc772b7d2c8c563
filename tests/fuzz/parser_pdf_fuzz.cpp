// Any bytes given to the pdf parser: a document within its limits or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "base/text.hpp"
#include "extensions/parsers/pdf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ingestion::ParseLimits limits{.text_bytes_max = 1u << 20, .blocks_max = 10'000, .depth_max = 128,
                                      .expanded_bytes_max = 4u << 20, .pages_max = 20};
  const auto parser = extensions::make_pdf_parser();
  (void)parser->score(bytes, "file.pdf");
  const auto document = parser->parse(bytes, limits);
  if (!document) return 0;
  std::size_t text_bytes = 0;
  for (const auto& block : document->blocks) {
    ensure(!first_invalid_utf8(block.text), "a block is not UTF-8");
    text_bytes += block.text.size();
  }
  ensure(text_bytes <= limits.text_bytes_max && document->blocks.size() <= limits.blocks_max, "a limit is broken");
  // What a child sends is what its parent reads.
  ensure(ingestion::decode(ingestion::encode(document)).has_value(), "the parsed form does not survive its journey");
  return 0;
}
