// Fuzzes the dialect of Cohere: whatever a caller sends becomes a request or an error that names its field; every
// cutting of the same bytes of a stream gives the same chunks and the same end; no bytes break the readers of answers
// and errors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/cohere_answer.hpp"
#include "extensions/providers/cohere_request.hpp"

namespace {

using namespace millwright;
using namespace millwright::extensions;

AnswerFrame frame() { return {"acme", "model", "request", 1}; }

std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  CohereStream stream(frame());
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
  if (known.usage && (known.usage->input < 0 || known.usage->output < 0 || known.usage->tool_requests < 0))
    std::abort();
  return out;
}

template <class T>
void must_name_its_field(const Result<T>& request) {
  if (!request && request.error().where.field.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (32u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_in_pieces(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 7}) {
    if (read_in_pieces(bytes, piece) != whole) std::abort();
  }
  (void)failure_of_cohere(500, bytes, "acme");
  auto body = parse_json_object(bytes);
  if (!body) return 0;
  (void)read_cohere_answer(*body, frame());
  (void)read_cohere_vectors(*body, "acme");
  (void)read_cohere_ranking(*body, *body, frame());
  must_name_its_field(encode_cohere_chat(*body, true));
  must_name_its_field(encode_cohere_embed(*body, "search_document"));
  must_name_its_field(encode_cohere_rerank(*body));
  return 0;
}
