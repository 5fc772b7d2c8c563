#include "extensions/providers/anthropic_conversation.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "extensions/providers/anthropic_part.hpp"

namespace millwright::extensions {
namespace {

/// What one speaker says before the other does.
struct Turn {
  std::string_view role;
  json::array blocks;
  bool is_plain = false;  // one message whose content is a string, with nothing beside it
};

/// Ids of other providers may hold what this one refuses; call and answer change alike.
std::string tool_id(std::string_view id) {
  std::string clean(id);
  std::ranges::replace_if(
      clean,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
      },
      '_');
  return clean;
}

bool is_empty_text(const json::object& block) {
  return string_member(block, "type") == "text" && string_member(block, "text").empty();
}

json::object text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

/// Appends the blocks of a content that is a string, a list of parts, null or missing.
Result<void> append_content(json::array& blocks, const json::value* content, const std::string& field) {
  if (content == nullptr || content->is_null()) return {};
  if (content->is_string()) {
    if (!content->get_string().empty()) blocks.push_back(text_block(content->get_string()));
    return {};
  }
  if (!content->is_array()) return gateway::field_error(field, "content must be a string or a list of parts");
  for (std::size_t i = 0; i < content->get_array().size(); ++i) {
    const auto& part = content->get_array()[i];
    const auto place = fmt::format("{}[{}]", field, i);
    if (!part.is_object()) return gateway::field_error(place, "a content part must be an object");
    auto block = encode_anthropic_part(part.get_object(), place);
    if (!block) return pass(block);
    if (!is_empty_text(*block)) blocks.push_back(std::move(*block));
  }
  return {};
}

/// Blocks that only this dialect has, put back between the texts where they stood.
Result<void> append_content_with_natives(json::array& blocks, std::string_view text, const json::array& natives,
                                         const std::string& field) {
  std::int64_t passed = 0;  // code points
  const auto take_until = [&](std::int64_t index) {
    std::size_t bytes = 0;
    while (bytes < text.size() && passed < index) {
      ++bytes;
      while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
      ++passed;
    }
    if (bytes > 0) blocks.push_back(text_block(text.substr(0, bytes)));
    text.remove_prefix(bytes);
  };
  for (std::size_t i = 0; i < natives.size(); ++i) {
    const auto place = fmt::format("{}[{}]", field, i);
    if (!natives[i].is_object()) return gateway::field_error(place, "a native block must be an object");
    auto block = unwrap_anthropic_native(natives[i].get_object(), place);
    if (!block) return pass(block);
    const auto* index = find_member(natives[i].get_object(), "start_index");
    take_until(index != nullptr && index->is_int64() ? index->get_int64() : 0);
    blocks.push_back(std::move(*block));
  }
  take_until(INT64_MAX);
  return {};
}

Result<json::object> encode_call(const json::object& call, const std::string& field) {
  const auto type = string_member(call, "type");
  const auto* function = find_member(call, "function");
  if ((!type.empty() && type != "function") || function == nullptr || !function->is_object()) {
    return gateway::field_error(field, "only calls of functions are taken by this provider");
  }
  const auto arguments = string_member(function->get_object(), "arguments");
  auto input = parse_json_object(trimmed(arguments).empty() ? "{}" : arguments);
  if (!input) return gateway::field_error(field + ".function.arguments", "arguments must be a JSON object as text");
  json::object block{{"type", "tool_use"},
                     {"id", tool_id(string_member(call, "id"))},
                     {"name", string_member(function->get_object(), "name")},
                     {"input", std::move(*input)}};
  if (const auto* mark = find_member(call, "cache_control"); mark != nullptr) block["cache_control"] = *mark;
  const auto* extra = find_member(call, "extra_content");
  const auto* own = extra != nullptr && extra->is_object() ? find_member(extra->get_object(), "anthropic") : nullptr;
  if (own != nullptr && own->is_object()) {
    for (const auto& member : own->get_object()) block.emplace(member.key(), member.value());
  }
  return block;
}

Result<void> append_calls(json::array& blocks, const json::object& message, const std::string& field) {
  const auto* calls = find_member(message, "tool_calls");
  if (calls == nullptr || !calls->is_array()) return {};
  for (std::size_t i = 0; i < calls->get_array().size(); ++i) {
    const auto& call = calls->get_array()[i];
    const auto place = fmt::format("{}.tool_calls[{}]", field, i);
    if (!call.is_object()) return gateway::field_error(place, "a tool call must be an object");
    auto block = encode_call(call.get_object(), place);
    if (!block) return pass(block);
    blocks.push_back(std::move(*block));
  }
  return {};
}

Result<json::array> encode_assistant(const json::object& message, const std::string& field) {
  json::array blocks;
  const auto* thinking = find_member(message, "thinking_blocks");
  if (thinking != nullptr && thinking->is_array()) {
    for (const auto& block : thinking->get_array()) {
      if (!block.is_object()) return gateway::field_error(field + ".thinking_blocks", "a block must be an object");
      blocks.push_back(block);
    }
  }
  const auto* content = find_member(message, "content");
  const auto* natives = find_member(message, "native_blocks");
  Result<void> added;
  if (natives != nullptr && natives->is_array() && (content == nullptr || !content->is_array())) {
    added = append_content_with_natives(blocks, string_member(message, "content"), natives->get_array(),
                                        field + ".native_blocks");
  } else {
    added = append_content(blocks, content, field + ".content");
  }
  if (!added) return pass(added);
  if (const auto refusal = string_member(message, "refusal"); !refusal.empty()) blocks.push_back(text_block(refusal));
  added = append_calls(blocks, message, field);
  if (!added) return pass(added);
  return blocks;
}

Result<json::array> encode_tool_answer(const json::object& message, const std::string& field) {
  const auto id = string_member(message, "tool_call_id");
  if (id.empty()) return gateway::field_error(field + ".tool_call_id", "an answer of a tool must name its call");
  json::object block{{"type", "tool_result"}, {"tool_use_id", tool_id(id)}};
  const auto* content = find_member(message, "content");
  if (content != nullptr && content->is_string()) {
    block["content"] = *content;
  } else {
    json::array blocks;
    auto added = append_content(blocks, content, field + ".content");
    if (!added) return pass(added);
    if (!blocks.empty()) block["content"] = std::move(blocks);
  }
  if (const auto* failed = find_member(message, "is_error"); failed != nullptr && failed->is_bool()) {
    block["is_error"] = *failed;
  }
  return json::array{std::move(block)};
}

class Conversation {
 public:
  Result<void> add(const json::object& message, const std::string& field) {
    const auto role = string_member(message, "role");
    if (role == "function") return gateway::field_error(field + ".role", "use the role \"tool\" for answers of tools");
    if (find_member(message, "function_call") != nullptr) {
      return gateway::field_error(field + ".function_call", "use tool_calls for calls of functions");
    }
    const auto* content = find_member(message, "content");
    Result<json::array> blocks = json::array();
    if (role == "assistant")
      blocks = encode_assistant(message, field);
    else if (role == "tool")
      blocks = encode_tool_answer(message, field);
    else if (auto added = append_content(*blocks, content, field + ".content"); !added)
      return pass(added);
    if (!blocks) return pass(blocks);
    if (blocks->empty()) return {};
    const bool has_text = content != nullptr && content->is_string() && !content->get_string().empty();
    const bool is_plain = role != "tool" && has_text && blocks->size() == 1;
    const auto* mark = find_member(message, "cache_control");
    const bool is_marked = mark != nullptr && !mark->is_null();
    if (is_marked) blocks->back().get_object()["cache_control"] = *mark;
    append(role, std::move(*blocks), is_plain && !is_marked);
    return {};
  }

  AnthropicConversation finish() {
    AnthropicConversation conversation;
    if (!system_.blocks.empty()) conversation.system = render(system_);
    trim_prefill();
    for (auto& turn : turns_) {
      conversation.messages.push_back(json::object{{"role", turn.role}, {"content", render(turn)}});
    }
    return conversation;
  }

 private:
  void append(std::string_view role, json::array blocks, bool is_plain) {
    const bool is_system = role == "system" || role == "developer";
    const std::string_view speaker = role == "assistant" ? "assistant" : "user";
    if (!is_system && (turns_.empty() || turns_.back().role != speaker)) turns_.push_back({speaker, {}, false});
    auto& turn = is_system ? system_ : turns_.back();
    turn.is_plain = is_plain && turn.blocks.empty();
    for (auto& block : blocks) turn.blocks.push_back(std::move(block));
  }

  /// A started answer that ends in white space is refused by the API, which goes on behind it.
  void trim_prefill() {
    if (turns_.empty() || turns_.back().role != "assistant") return;
    auto& blocks = turns_.back().blocks;
    auto& last = blocks.back();
    if (!last.is_object() || string_member(last.get_object(), "type") != "text") return;
    const auto text = string_member(last.get_object(), "text");
    const auto end = text.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) {
      blocks.pop_back();
      if (blocks.empty()) turns_.pop_back();
    } else if (end + 1 < text.size()) {
      last.get_object()["text"] = std::string(text.substr(0, end + 1));
    }
  }

  static json::value render(Turn& turn) {
    if (turn.is_plain) return turn.blocks.front().get_object()["text"];
    return std::move(turn.blocks);
  }

  Turn system_{"system", {}, false};
  std::vector<Turn> turns_;
};

}  // namespace

Result<AnthropicConversation> encode_anthropic_conversation(const json::array& messages) {
  Conversation conversation;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto field = fmt::format("messages[{}]", i);
    if (!messages[i].is_object()) return gateway::field_error(field, "a message must be an object");
    auto added = conversation.add(messages[i].get_object(), field);
    if (!added) return pass(added);
  }
  return conversation.finish();
}

}  // namespace millwright::extensions
