// Any bytes where a parsed document is expected: read, or refused as damaged. A hijacked child may send what it likes.
#include <cstddef>
#include <cstdint>

#include "features/ingestion/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  const auto document = ingestion::decode({reinterpret_cast<const char*>(data), size});
  if (document) ensure(ingestion::decode(ingestion::encode(document)).has_value(), "what was read cannot be written");
  return 0;
}
