#include "api/anthropic/token_estimate.hpp"

#include <algorithm>

#include "api/anthropic/content.hpp"
#include "api/anthropic/members.hpp"

namespace millwright::api::anthropic {
namespace {

constexpr std::int64_t message_frame = 4;
constexpr std::int64_t tool_frame = 12;
constexpr std::int64_t image_tokens = 1'600;     // a picture of about 1.15 megapixels
constexpr std::int64_t file_bytes_a_token = 24;  // of base64; a page of a PDF is a few thousand tokens

enum class Class : std::uint8_t { Space, Letter, Digit, Sign, Wide, Other };

struct Character {
  Class kind = Class::Sign;
  std::size_t bytes = 1;
};

Character character_at(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x80) {
    if (byte <= ' ') return {Class::Space, 1};
    if (byte >= '0' && byte <= '9') return {Class::Digit, 1};
    const auto lower = byte | 0x20;
    return {lower >= 'a' && lower <= 'z' ? Class::Letter : Class::Sign, 1};
  }
  // Two bytes: alphabets of Europe and the Near East. Three and more: scripts without spaces, and signs.
  const std::size_t bytes = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
  return {bytes == 2 ? Class::Other : Class::Wide, std::min(bytes, text.size())};
}

std::int64_t tokens_of_run(Class kind, std::int64_t length, bool has_line_break) {
  switch (kind) {
    case Class::Space: return has_line_break || length > 1 ? 1 : 0;  // one space belongs to the word behind it
    case Class::Letter: return (length + 5) / 6;
    case Class::Digit: return (length + 2) / 3;
    case Class::Other: return (length + 1) / 2;
    default: return length;
  }
}

std::int64_t tokens_of_value(const json::value& value) {
  if (value.is_string()) return estimate_text_tokens(value.get_string());
  return value.is_null() ? 0 : estimate_text_tokens(json::serialize(value));
}

std::int64_t tokens_of_part(const json::object& part) {
  const auto type = string_member(part, "type");
  if (type == "text") return estimate_text_tokens(string_member(part, "text"));
  if (type == "image_url") return image_tokens;
  if (type == "file") {
    const auto* file = find_object(part, "file");
    const auto bytes = file == nullptr ? 0 : static_cast<std::int64_t>(string_member(*file, "file_data").size());
    return std::max(image_tokens, bytes / file_bytes_a_token);
  }
  const auto* native = find_native_block(part);
  if (native != nullptr && string_member(*native, "type") == "image") return image_tokens;
  return estimate_text_tokens(json::serialize(native == nullptr ? part : *native));
}

std::int64_t tokens_of_message(const json::object& message) {
  std::int64_t tokens = message_frame;
  if (const auto* parts = find_list(message, "content")) {
    for (const auto& part : *parts) tokens += part.is_object() ? tokens_of_part(part.get_object()) : 0;
  } else {
    tokens += estimate_text_tokens(string_member(message, "content"));
  }
  for (const char* name : {"tool_calls", "thinking_blocks", "reasoning_content"}) {
    if (const auto* value = find_member(message, name)) tokens += tokens_of_value(*value);
  }
  return tokens;
}

}  // namespace

std::int64_t estimate_text_tokens(std::string_view text) {
  std::int64_t tokens = 0;
  while (!text.empty()) {
    const auto kind = character_at(text).kind;
    std::int64_t length = 0;
    bool has_line_break = false;
    while (!text.empty()) {
      const auto next = character_at(text);
      if (next.kind != kind) break;
      has_line_break = has_line_break || text.front() == '\n';
      ++length;
      text.remove_prefix(next.bytes);
    }
    tokens += tokens_of_run(kind, length, has_line_break);
  }
  return tokens;
}

std::int64_t estimate_chat_tokens(const json::object& chat) {
  std::int64_t tokens = 0;
  if (const auto* messages = find_list(chat, "messages")) {
    for (const auto& message : *messages) tokens += message.is_object() ? tokens_of_message(message.get_object()) : 0;
  }
  if (const auto* tools = find_list(chat, "tools")) {
    for (const auto& tool : *tools) tokens += tool_frame + tokens_of_value(tool);
  }
  if (const auto* format = find_member(chat, "response_format")) tokens += tokens_of_value(*format);
  return std::max<std::int64_t>(tokens, 1);
}

}  // namespace millwright::api::anthropic
