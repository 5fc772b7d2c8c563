// Fuzzes the dialect of Ollama: whatever a caller sends becomes a request or an error that names its field; every
// cutting of the same bytes of a stream gives the same chunks and the same end; no bytes break the readers of answers
// and errors.
#include <cstdint>
#include <string_view>

#include "extensions/providers/ollama_answer.hpp"
#include "extensions/providers/ollama_request.hpp"
#include "tests/fuzz/stream_dialect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  using namespace millwright::extensions;
  using test::must_name_its_field;
  if (size == 0 || size > (32u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  test::must_not_depend_on_cutting<OllamaStream>(bytes);
  (void)failure_of_ollama(500, bytes, "acme");
  auto body = parse_json_object(bytes);
  if (!body) return 0;
  (void)read_ollama_answer(*body, test::fuzz_frame());
  (void)read_ollama_embeddings(*body, test::fuzz_frame(), true);
  must_name_its_field(encode_ollama_chat(*body, true, {}));
  must_name_its_field(encode_ollama_embed(*body, {}));
  return 0;
}
