// Fuzzes the translation of ConverseStream: each line of the input is a message, its first byte chooses the type, the rest
// is the payload. Every cutting of the bytes gives the same chunks, usage and end; tool calls are numbered in order;
// nothing ends without messageStop.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "extensions/providers/bedrock_stream.hpp"

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
  extensions::BedrockStream stream("fuzz", {"id", "model", 0});
  extensions::AwsEventParser parser;
  extensions::AwsEvent event;
  std::vector<json::object> chunks;
  std::int64_t calls = 0;
  const auto take = [&] {
    for (const auto& chunk : chunks) {
      calls = check_calls(chunk, calls);
      outcome.chunks += json::serialize(chunk) + "\n";
    }
    chunks.clear();
  };
  while (!bytes.empty() && !outcome.has_failed) {
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (!outcome.has_failed) {
      const auto is_one = parser.next(event);
      if (!is_one) std::abort();
      if (!*is_one) break;
      outcome.has_failed = !stream.feed(event, chunks).has_value();
      take();
    }
  }
  if (!outcome.has_failed) stream.end(chunks);
  take();
  outcome.is_finished = stream.is_finished();
  if (outcome.is_finished && !stream.is_stopped()) std::abort();
  outcome.usage = stream.usage();
  if (outcome.usage && (outcome.usage->input < 0 || outcome.usage->output < 0 || outcome.usage->cache_write < 0)) {
    std::abort();
  }
  return outcome;
}

std::string bytes_of(std::string_view lines) {
  constexpr std::array<std::string_view, 8> types{"messageStart",     "contentBlockStart", "contentBlockDelta",
                                                  "contentBlockStop", "messageStop",       "metadata",
                                                  "initial-response", "throttlingException"};
  std::string bytes;
  for (const auto line : split(lines, '\n')) {
    if (line.empty()) continue;
    const std::string type(types.at(static_cast<unsigned char>(line.front()) % types.size()));
    const bool is_exception = type == "throttlingException";
    bytes += extensions::make_aws_event({{":message-type", is_exception ? "exception" : "event"},
                                         {is_exception ? ":exception-type" : ":event-type", type}},
                                        line.substr(1));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (64u << 10)) return 0;
  const auto bytes = bytes_of({reinterpret_cast<const char*>(data), size});
  if (bytes.empty()) return 0;
  const auto whole = play(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 61}) {
    if (!(play(bytes, piece) == whole)) std::abort();
  }
  return 0;
}
