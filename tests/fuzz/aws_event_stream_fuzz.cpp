// Fuzzes the decoder of Amazon's binary event stream: every cutting of the same bytes gives the same messages and the
// same end, and a message that was made is read back as it was. Half of the inputs get right checksums, so that what
// stands behind those is reached.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "extensions/providers/aws_event_stream.hpp"

namespace {

using namespace millwright::extensions;

std::string describe_event(const AwsEvent& event) {
  std::string text = event.payload + "|";
  for (const auto& header : event.headers) {
    text += header.name + "=";
    if (const auto* flag = std::get_if<bool>(&header.value)) text += *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&header.value)) text += std::to_string(*number);
    if (const auto* bytes = std::get_if<std::string>(&header.value)) text += *bytes;
    text += ",";
  }
  return text + "\n";
}

std::string play(std::string_view bytes, std::size_t piece) {
  AwsEventParser parser;
  AwsEvent event;
  std::string text;
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      const auto is_one = parser.next(event);
      if (!is_one) return text + "fault";
      if (!*is_one) break;
      text += describe_event(event);
    }
  }
  return text + (parser.is_amid_message() ? "amid" : "end");
}

void append_word(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

/// The bytes as the headers and the payload of one message with right checksums.
std::string wrapped(std::string_view bytes, std::size_t header_bytes) {
  header_bytes = std::min(header_bytes, bytes.size());
  std::string frame;
  append_word(frame, static_cast<std::uint32_t>(16 + bytes.size()));
  append_word(frame, static_cast<std::uint32_t>(header_bytes));
  append_word(frame, crc32_of(frame));
  frame += bytes;
  append_word(frame, crc32_of(frame));
  return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (64u << 10)) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto bytes = data[0] % 2 == 0 ? std::string(rest) : wrapped(rest, data[1]) + wrapped(rest, data[1] / 2u);
  const auto whole = play(bytes, std::max<std::size_t>(bytes.size(), 1));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[1] % 61}) {
    if (play(bytes, piece) != whole) std::abort();
  }
  const std::string text(rest.substr(0, 1'000));
  if (play(make_aws_event({{":event-type", text}}, rest), size * 2 + 100) !=
      std::string(rest) + "|:event-type=" + text + ",\nend") {
    std::abort();
  }
  return 0;
}
