// Fuzzes the decoder of streamed Messages answers: every cutting of the same bytes gives the same chunks, usage and
// end; tool calls are numbered in order; nothing ends without the provider's own last event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/providers/anthropic_stream.hpp"

namespace {

using namespace millwright;

struct Outcome {
  std::string chunks;
  bool has_failed = false, is_finished = false;
  std::optional<finops::TokenCounts> usage;
  bool operator==(const Outcome&) const = default;
};

std::int64_t check_calls(const json::object& chunk, std::int64_t known) {
  for (const auto& choice : chunk.at("choices").as_array()) {
    const auto* calls = find_member(choice.at("delta").as_object(), "tool_calls");
    if (calls == nullptr) continue;
    for (const auto& call : calls->as_array()) {
      const auto index = call.at("index").as_int64();
      if (index < 0 || index > known) std::abort();
      if (index == known) ++known;
    }
  }
  return known;
}

Outcome play(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  extensions::AnthropicStream stream("fuzz", 0);
  io::sse::Parser parser(64u << 10);
  std::vector<json::object> chunks;
  std::int64_t calls = 0;
  while (!bytes.empty() && !outcome.has_failed) {
    outcome.has_failed = !parser.feed(bytes.substr(0, piece)).has_value();
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (io::sse::Event event; !outcome.has_failed && parser.next(event);) {
      chunks.clear();
      outcome.has_failed = !stream.feed(event, chunks).has_value();
      for (const auto& chunk : chunks) {
        calls = check_calls(chunk, calls);
        outcome.chunks += json::serialize(chunk) + "\n";
      }
    }
  }
  outcome.is_finished = stream.is_finished();
  outcome.usage = stream.usage();
  if (outcome.usage && (outcome.usage->output < 0 || outcome.usage->reasoning < 0)) std::abort();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (64u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = play(bytes, bytes.size());
  if (whole.is_finished && bytes.find("message_stop") == std::string_view::npos &&
      bytes.find('\\') == std::string_view::npos) {
    std::abort();
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 61}) {
    const auto cut = play(bytes, piece);
    // Where the parser of events gives up within a piece depends on the piece; what both understood must not.
    if (whole.has_failed || cut.has_failed) continue;
    if (!(cut == whole)) std::abort();
  }
  return 0;
}
