// Fuzzes the reader of Gemini's streams and answers: every cutting of the same bytes gives the same chunks and the same
// end, meters are never negative, and no bytes break the readers of whole answers and errors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/gemini_failure.hpp"
#include "extensions/providers/gemini_stream.hpp"

namespace {

using namespace millwright;
using namespace millwright::extensions;

std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  GeminiStream stream({"acme", "gemini", "request", 1, 1});
  std::string out;
  bool has_failed = false;
  const auto take = [&](GeminiStep step) {
    for (const auto& chunk : step.chunks) out += json::serialize(chunk) + "\n";
    if (!step.failure) return;
    out += step.failure->error.message;
    has_failed = true;
  };
  while (!bytes.empty() && !has_failed) {
    take(stream.feed(bytes.substr(0, piece)));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (!has_failed) take(stream.end());
  if (const auto& usage = stream.answer().usage()) {
    if (usage->input < 0 || usage->cache_read < 0 || usage->output < 0 || usage->reasoning < 0) std::abort();
  }
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
  (void)failure_of_google(500, bytes, {}, "acme");
  if (auto response = parse_json_object(bytes))
    (void)read_gemini_answer(*response, {"acme", "gemini", "request", 1, 1});
  return 0;
}
