// Fuzzes the reading of streamed chat completions: every cutting of the same bytes gives the same chunks, usage and end;
// every choice that is passed on has a delta; nothing ends without the terminal event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/providers/openai_stream.hpp"

namespace {

using namespace millwright;

struct Outcome {
  std::string chunks;
  bool has_failed = false, is_finished = false;
  std::optional<finops::TokenCounts> usage;
  bool operator==(const Outcome&) const = default;
};

void check_deltas(const json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (const auto& choice : choices->get_array()) {
    if (choice.is_object() && find_member(choice.get_object(), "delta") == nullptr) std::abort();
  }
}

Outcome play(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  extensions::OpenAiStream stream("fuzz");
  io::sse::Parser parser(64u << 10);
  std::vector<json::object> chunks;
  while (!bytes.empty() && !outcome.has_failed) {
    outcome.has_failed = !parser.feed(bytes.substr(0, piece)).has_value();
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (io::sse::Event event; !outcome.has_failed && parser.next(event);) {
      chunks.clear();
      outcome.has_failed = !stream.feed(event, chunks).has_value();
      for (const auto& chunk : chunks) {
        check_deltas(chunk);
        outcome.chunks += json::serialize(chunk) + "\n";
      }
    }
  }
  outcome.is_finished = stream.is_finished();
  outcome.usage = stream.answer().usage;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (64u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = play(bytes, bytes.size());
  if (whole.is_finished && bytes.find("[DONE]") == std::string_view::npos) std::abort();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 61}) {
    const auto cut = play(bytes, piece);
    // Where the parser of events gives up within a piece depends on the piece; what both understood must not.
    if (whole.has_failed || cut.has_failed) continue;
    if (!(cut == whole)) std::abort();
  }
  return 0;
}
