// Fuzzes what servers of OpenAI's dialect are told and what is made of their answers: a request goes as it stands, goes
// changed, or is refused by the name of a field, for every preset.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/openai_mend.hpp"
#include "extensions/providers/openai_request.hpp"
#include "extensions/providers/openai_wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  using namespace millwright::extensions;
  if (size == 0 || size > (32u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)failure_of_openai(502, bytes, "acme");
  auto body = parse_json_object(bytes);
  if (!body) return 0;
  for (const auto& preset : openai_presets()) {
    const auto made = encode_openai_chat(*body, preset);
    if (!made && made.error().where.field.empty()) std::abort();
  }
  auto answer = *body;
  mend_openai_answer(answer);
  OpenAiMending mending;
  if (body->contains("delta")) mending.mend_choice(*body);
  return 0;
}
