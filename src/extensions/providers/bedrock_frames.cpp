#include "extensions/providers/bedrock_frames.hpp"

#include "base/text.hpp"
#include "extensions/providers/aws_event_stream.hpp"

namespace millwright::extensions {
namespace {

/// {"bytes": base64}: a piece of the model's own answer.
std::optional<std::string> unpack_chunk(std::string_view payload) {
  auto chunk = parse_json_object(payload, {AwsEventParser::payload_bytes_max, 8});
  if (!chunk) return std::nullopt;
  auto bytes = from_base64(string_member(*chunk, "bytes"));
  return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

class BedrockFrames final : public gateway::RawFrames {
 public:
  bool feed(std::string_view bytes, const std::function<void(std::string_view)>& on_message) override {
    parser_.feed(bytes);
    for (;;) {
      const auto is_one = parser_.next(event_);
      if (!is_one) return false;
      if (!*is_one) return true;
      if (event_.text(":message-type") != "event") continue;
      if (event_.text(":event-type") != "chunk") {
        on_message(event_.payload);
        continue;
      }
      const auto piece = unpack_chunk(event_.payload);
      if (!piece) return false;
      on_message(*piece);
    }
  }

 private:
  AwsEventParser parser_;
  AwsEvent event_;
};

}  // namespace

std::unique_ptr<gateway::RawFrames> make_bedrock_frames(std::string_view content_type) {
  const auto type = to_lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
  return type == "application/vnd.amazon.eventstream" ? std::make_unique<BedrockFrames>() : nullptr;
}

}  // namespace millwright::extensions
