#include "api/anthropic/request_turns.hpp"

#include <algorithm>
#include <array>

#include "api/anthropic/request_part.hpp"
#include "api/anthropic/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::anthropic {
namespace {

/// One text with nothing beside it is the string: not every model server takes lists.
json::value content_of(json::array parts) {
  if (parts.size() != 1) return json::value(std::move(parts));
  const auto& part = parts.front().get_object();
  if (part.size() == 2 && string_member(part, "type") == "text") return part.at("text");
  return json::value(std::move(parts));
}

Result<json::array> decode_parts(const json::array& blocks, const std::string& field) {
  json::array parts;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto place = fmt::format("{}.{}", field, i);
    const auto type = type_of_block(blocks[i], place);
    if (!type) return std::unexpected(type.error());
    auto part = decode_part(blocks[i].get_object(), place);
    if (!part) return pass(part);
    parts.push_back(std::move(*part));
  }
  return parts;
}

/// A content that is a string or a list of blocks.
Result<json::value> decode_content(const json::value& content, const std::string& field) {
  if (content.is_string()) return json::value(content);
  if (!content.is_array()) return field_error(field, "must be a string or a list of content blocks");
  auto parts = decode_parts(content.get_array(), field);
  if (!parts) return pass(parts);
  if (parts->empty()) return json::value("");
  return content_of(std::move(*parts));
}

Result<json::object> decode_tool_result(const json::object& block, const std::string& field) {
  const auto id = string_member(block, "tool_use_id");
  if (id.empty()) return field_error(field + ".tool_use_id", "Field required: the id of the call it answers");
  json::object message{{"role", "tool"}, {"tool_call_id", id}, {"content", ""}};
  for (const auto& member : block) {
    const auto key = member.key();
    if (key == "type" || key == "tool_use_id" || member.value().is_null()) continue;
    if (key == "content") {
      auto content = decode_content(member.value(), field + ".content");
      if (!content) return pass(content);
      message["content"] = std::move(*content);
    } else if (key == "is_error" && !member.value().is_bool()) {
      return field_error(field + ".is_error", "must be true or false");
    } else {
      message.emplace(key, member.value());
    }
  }
  return message;
}

Result<json::object> decode_call(const json::object& block, const std::string& field) {
  for (const char* name : {"id", "name"}) {
    if (string_member(block, name).empty()) return field_error(fmt::format("{}.{}", field, name), "Field required");
  }
  const auto* input = find_member(block, "input");
  if (input == nullptr || !input->is_object()) return field_error(field + ".input", "Field required: an object");
  json::object function{{"name", string_member(block, "name")}, {"arguments", json::serialize(*input)}};
  json::object call{{"id", string_member(block, "id")}, {"type", "function"}, {"function", std::move(function)}};
  json::object extra;
  for (const auto& member : block) {
    const auto key = member.key();
    if (key == "type" || key == "id" || key == "name" || key == "input" || member.value().is_null()) continue;
    if (key == "cache_control")
      call["cache_control"] = member.value();
    else
      extra.emplace(key, member.value());
  }
  if (!extra.empty()) call["extra_content"] = json::object{{"anthropic", std::move(extra)}};
  return call;
}

Result<void> add_user_turn(const json::array& blocks, const std::string& field, json::array& messages) {
  json::array parts;
  const auto flush = [&]() {
    if (parts.empty()) return;
    messages.push_back(json::object{{"role", "user"}, {"content", content_of(std::move(parts))}});
    parts = json::array();
  };
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto place = fmt::format("{}.{}", field, i);
    const auto type = type_of_block(blocks[i], place);
    if (!type) return std::unexpected(type.error());
    const auto& block = blocks[i].get_object();
    if (*type == "tool_use" || *type == "thinking" || *type == "redacted_thinking") {
      return field_error(place + ".type", fmt::format("a block of type {} belongs to the assistant", *type));
    }
    auto decoded = *type == "tool_result" ? decode_tool_result(block, place) : decode_part(block, place);
    if (!decoded) return pass(decoded);
    if (*type != "tool_result") {
      parts.push_back(std::move(*decoded));
      continue;
    }
    flush();
    messages.push_back(std::move(*decoded));
  }
  if (blocks.empty()) messages.push_back(json::object{{"role", "user"}, {"content", ""}});
  flush();
  return {};
}

/// Collects the blocks of one turn into messages; a new one begins where a block stands before its time.
class AssistantTurn {
 public:
  explicit AssistantTurn(json::array& messages) : messages_(messages) {}

  Result<void> add(std::string_view type, const json::object& block, const std::string& field) {
    if (type == "tool_result") return field_error(field + ".type", "a block of type tool_result belongs to the user");
    if (type == "thinking" || type == "redacted_thinking") {
      enter(Stage::Thinking);
      return add_thinking(type, block, field);
    }
    enter(type == "tool_use" ? Stage::Calls : Stage::Content);
    auto decoded = type == "tool_use" ? decode_call(block, field) : decode_part(block, field);
    if (!decoded) return pass(decoded);
    (type == "tool_use" ? calls_ : parts_).push_back(std::move(*decoded));
    return {};
  }

  void flush() {
    if (parts_.empty() && thinking_.empty() && calls_.empty() && reasoning_.empty()) return;
    json::object message{{"role", "assistant"}};
    message["content"] = parts_.empty() ? json::value(nullptr) : content_of(std::move(parts_));
    if (!reasoning_.empty()) message["reasoning_content"] = reasoning_;
    if (!thinking_.empty()) message["thinking_blocks"] = std::move(thinking_);
    if (!calls_.empty()) message["tool_calls"] = std::move(calls_);
    messages_.push_back(std::move(message));
    parts_ = json::array();
    thinking_ = json::array();
    calls_ = json::array();
    reasoning_.clear();
  }

 private:
  enum class Stage : std::uint8_t { Thinking, Content, Calls };

  void enter(Stage stage) {
    if (stage < stage_) flush();
    stage_ = stage;
  }

  /// Thinking without a signature is not Anthropic's: this surface made it of another provider's reasoning.
  Result<void> add_thinking(std::string_view type, const json::object& block, const std::string& field) {
    const auto* said = find_member(block, type == "thinking" ? "thinking" : "data");
    if (said == nullptr || !said->is_string()) {
      return field_error(fmt::format("{}.{}", field, type == "thinking" ? "thinking" : "data"),
                         "Field required: a string");
    }
    if (type == "thinking" && string_member(block, "signature").empty()) reasoning_ += string_member(block, "thinking");
    else thinking_.push_back(block);
    return {};
  }

  json::array& messages_;
  Stage stage_ = Stage::Thinking;
  json::array parts_, thinking_, calls_;
  std::string reasoning_;
};

Result<void> add_assistant_turn(const json::array& blocks, const std::string& field, json::array& messages) {
  const auto before = messages.size();
  AssistantTurn turn(messages);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto place = fmt::format("{}.{}", field, i);
    const auto type = type_of_block(blocks[i], place);
    if (!type) return std::unexpected(type.error());
    auto added = turn.add(*type, blocks[i].get_object(), place);
    if (!added) return added;
  }
  turn.flush();
  if (messages.size() == before) messages.push_back(json::object{{"role", "assistant"}, {"content", ""}});
  return {};
}

/// What a turn holds beside its role and content goes with its first message; names of the canonical chat's own are
/// none of the Messages API.
Result<void> add_rest(const json::object& turn, const std::string& field, json::object& message) {
  constexpr std::array<std::string_view, 12> own{
      "tool_calls",      "tool_call_id",  "function_call", "refusal",       "reasoning_content", "reasoning",
      "thinking_blocks", "native_blocks", "annotations",   "extra_content", "is_error",          "audio"};
  for (const auto& member : turn) {
    const auto key = member.key();
    if (key == "role" || key == "content" || member.value().is_null()) continue;
    if (std::ranges::find(own, std::string_view(key)) != own.end()) {
      return field_error(fmt::format("{}.{}", field, std::string_view(key)), "a Messages request has no such member");
    }
    message.emplace(key, member.value());
  }
  return {};
}

Result<void> add_content(const json::object& turn, std::string_view role, const std::string& field,
                         json::array& messages) {
  const auto* content = find_member(turn, "content");
  if (content == nullptr) return field_error(field, "Field required");
  if (content->is_array() && role == "user") return add_user_turn(content->get_array(), field, messages);
  if (content->is_array() && role == "assistant") return add_assistant_turn(content->get_array(), field, messages);
  auto decoded = decode_content(*content, field);
  if (!decoded) return pass(decoded);
  messages.push_back(json::object{{"role", role}, {"content", std::move(*decoded)}});
  return {};
}

Result<void> add_turn(const json::value& turn, const std::string& field, json::array& messages) {
  if (!turn.is_object()) return field_error(field, "must be an object");
  const auto role = string_member(turn.get_object(), "role");
  if (role != "user" && role != "assistant" && role != "system") {
    return field_error(field + ".role",
                       fmt::format("\"{}\" is not a role; use user or assistant", utf8_prefix(role, 80)));
  }
  const auto first = messages.size();
  auto added = add_content(turn.get_object(), role, field + ".content", messages);
  if (!added) return added;
  return add_rest(turn.get_object(), field, messages[first].get_object());
}

}  // namespace

Result<json::array> decode_conversation(const json::object& request) {
  json::array messages;
  if (const auto* system = find_member(request, "system"); system != nullptr && !system->is_null()) {
    auto content = decode_content(*system, "system");
    if (!content) return pass(content);
    messages.push_back(json::object{{"role", "system"}, {"content", std::move(*content)}});
  }
  const auto* turns = find_member(request, "messages");
  if (turns == nullptr) return field_error("messages", "Field required");
  if (!turns->is_array()) return field_error("messages", "must be a list");
  if (turns->get_array().empty()) return field_error("messages", "at least one message is required");
  for (std::size_t i = 0; i < turns->get_array().size(); ++i) {
    auto added = add_turn(turns->get_array()[i], fmt::format("messages.{}", i), messages);
    if (!added) return pass(added);
  }
  return messages;
}

}  // namespace millwright::api::anthropic
