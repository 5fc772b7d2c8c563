// Fuzzes what is read off answers that are passed through: Bedrock's binary streams give the same messages however they
// are cut, and no answer of any dialect gives a count below zero.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "extensions/providers/aws_event_stream.hpp"
#include "extensions/providers/bedrock_frames.hpp"
#include "extensions/providers/raw_usage.hpp"

namespace {

using namespace millwright;
using namespace millwright::extensions;

/// Every message, then whether the stream could be read.
std::string play(std::string_view bytes, std::size_t piece) {
  const auto frames = make_bedrock_frames("application/vnd.amazon.eventstream");
  std::string text;
  while (!bytes.empty()) {
    const bool is_read = frames->feed(bytes.substr(0, piece), [&text](std::string_view message) {
      text += message;
      text += '\n';
    });
    if (!is_read) return text + "garbled";
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return text;
}

void read_all(const json::object& answer) {
  constexpr auto readers = std::to_array({read_openai_raw_usage, read_anthropic_raw_usage, read_gemini_raw_usage,
                                          read_bedrock_raw_usage, read_cohere_raw_usage, read_ollama_raw_usage});
  for (const auto& read : readers) {
    gateway::RawUsage usage;
    read("/model/m/invoke-with-response-stream", answer, usage);
    read("/chat", answer, usage);
    if (!usage.tokens) continue;
    for (const auto& meter : finops::priced_meters) {
      if ((*usage.tokens).*meter.count < 0) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (64u << 10)) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string bytes =
      data[0] % 3 == 0
          ? std::string(rest)
          : make_aws_event({{":message-type", "event"}, {":event-type", data[0] % 3 == 1 ? "metadata" : "chunk"}},
                           data[0] % 3 == 1 ? std::string(rest) : R"({"bytes":")" + to_base64(rest) + R"("})");
  const auto whole = play(bytes, std::max<std::size_t>(bytes.size(), 1));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 61}) {
    if (play(bytes, piece) != whole) std::abort();
  }
  if (data[0] % 3 != 0 && whole != std::string(rest) + "\n") std::abort();
  if (const auto answer = parse_json_object(rest)) read_all(*answer);
  return 0;
}
