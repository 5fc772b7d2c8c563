// Fuzzes the dialect of Ollama: whatever a caller sends becomes a request or an error that names its field; every
// cutting of the same bytes of a stream gives the same chunks and the same end; no bytes break the readers of answers
// and errors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/ollama_answer.hpp"
#include "extensions/providers/ollama_request.hpp"

namespace {

using namespace millwright;
using namespace millwright::extensions;

AnswerFrame frame() { return {"acme", "model", "request", 1}; }

std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  OllamaStream stream(frame());
  std::string out;
  bool has_failed = false;
  const auto take = [&](const StreamStep& step) {
    for (const auto& chunk : step.chunks) out += json::serialize(chunk) + "\n";
    if (!step.failure) return;
    out += step.failure->error.message;
    has_failed = true;
  };
  while (!bytes.empty() && !has_failed && !stream.is_finished()) {
    take(stream.feed(bytes.substr(0, piece)));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (!has_failed) take(stream.end());
  const auto known = stream.known();
  if (known.usage && (known.usage->input < 0 || known.usage->output < 0)) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (32u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_in_pieces(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 7}) {
    if (read_in_pieces(bytes, piece) != whole) std::abort();
  }
  (void)failure_of_ollama(500, bytes, "acme");
  auto body = parse_json_object(bytes);
  if (!body) return 0;
  (void)read_ollama_answer(*body, frame());
  (void)read_ollama_embeddings(*body, frame(), true);
  const auto request = encode_ollama_chat(*body, true, {});
  if (!request && request.error().where.field.empty()) std::abort();
  const auto embed = encode_ollama_embed(*body, {});
  if (!embed && embed.error().where.field.empty()) std::abort();
  return 0;
}
