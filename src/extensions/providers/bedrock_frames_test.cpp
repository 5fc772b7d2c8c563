#include "extensions/providers/bedrock_frames.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "extensions/providers/aws_event_stream.hpp"

namespace millwright::extensions {
namespace {

std::string event(std::string_view type, std::string_view payload, std::string_view message_type = "event") {
  const auto* name = message_type == "event" ? ":event-type" : ":exception-type";
  return make_aws_event({{":message-type", std::string(message_type)}, {name, std::string(type)}}, payload);
}

std::string chunk(std::string_view json) { return event("chunk", fmt::format(R"({{"bytes":"{}"}})", to_base64(json))); }

/// The messages, and whether the stream could be read.
std::pair<std::vector<std::string>, bool> read(std::string_view bytes, std::size_t cut) {
  auto frames = make_bedrock_frames("application/vnd.amazon.eventstream");
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    const bool is_read =
        frames->feed(bytes.substr(at, cut), [&](std::string_view message) { messages.emplace_back(message); });
    if (!is_read) return {messages, false};
  }
  return {messages, true};
}

TEST(BedrockFrames, GivesPayloadsAndWhatIsInsideOfChunks) {
  const auto bytes = event("contentBlockDelta", R"({"a":1})") + chunk(R"({"b":2})") +
                     event("throttlingException", R"({"message":"usage"})", "exception") +
                     event("metadata", R"({"usage":{}})");
  for (const std::size_t cut : {1u, 7u, 10'000u}) {
    const auto [messages, is_read] = read(bytes, cut);
    EXPECT_TRUE(is_read);
    EXPECT_EQ(messages, (std::vector<std::string>{R"({"a":1})", R"({"b":2})", R"({"usage":{}})"}));
  }
}

TEST(BedrockFrames, AGarbledStreamEndsTheReading) {
  auto bytes = event("metadata", R"({"usage":{}})");
  bytes[bytes.size() - 8] ^= 1;
  EXPECT_FALSE(read(bytes, 5).second);
  EXPECT_FALSE(read(event("chunk", R"({"bytes":"%%%"})"), 10'000).second);
  EXPECT_FALSE(read(event("chunk", "no JSON"), 10'000).second);
}

TEST(BedrockFrames, OfNoOtherType) {
  EXPECT_EQ(make_bedrock_frames("text/event-stream"), nullptr);
  EXPECT_NE(make_bedrock_frames("Application/vnd.amazon.EventStream; v=1"), nullptr);
}

}  // namespace
}  // namespace millwright::extensions
