#include "extensions/providers/bedrock_conversation.hpp"

#include <algorithm>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "extensions/providers/bedrock_part.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t tool_id_bytes_max = 64;

struct Turn {
  std::string_view role;
  json::array blocks;
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
  if (clean.size() > tool_id_bytes_max) clean = "call_" + sha256(id).text().substr(0, 40);
  return clean;
}

/// A text of white space alone is refused by Converse.
bool is_blank_text(const json::object& block) {
  const auto* text = find_member(block, "text");
  return text != nullptr && text->is_string() && trimmed(std::string_view(text->get_string())).empty();
}

json::object text_block(std::string_view text) { return {{"text", text}}; }

class Conversation {
 public:
  explicit Conversation(std::string_view s3_prefix) : parts_(s3_prefix) {}

  Result<void> add(const json::object& message, const std::string& field) {
    const auto role = string_member(message, "role");
    if (role == "function") return gateway::field_error(field + ".role", "use the role \"tool\" for answers of tools");
    if (find_member(message, "function_call") != nullptr) {
      return gateway::field_error(field + ".function_call", "use tool_calls for calls of functions");
    }
    json::array blocks;
    Result<void> added;
    if (role == "assistant")
      added = add_assistant(blocks, message, field);
    else if (role == "tool")
      added = add_tool_answer(blocks, message, field);
    else
      added = add_content(blocks, find_member(message, "content"), field + ".content");
    if (!added) return added;
    if (blocks.empty()) return {};
    if (auto point = find_bedrock_cache_point(message)) blocks.push_back(std::move(*point));
    const bool is_system = role == "system" || role == "developer";
    if (is_system) return add_system(std::move(blocks), field);
    const std::string_view speaker = role == "assistant" ? "assistant" : "user";
    if (turns_.empty() || turns_.back().role != speaker) turns_.push_back({speaker, {}});
    for (auto& block : blocks) turns_.back().blocks.push_back(std::move(block));
    return {};
  }

  BedrockConversation finish() {
    BedrockConversation conversation;
    conversation.system = std::move(system_);
    conversation.tool_names = std::move(tool_names_);
    trim_prefill();
    for (auto& turn : turns_) {
      conversation.messages.push_back(json::object{{"role", turn.role}, {"content", std::move(turn.blocks)}});
    }
    return conversation;
  }

 private:
  Result<void> add_system(json::array blocks, const std::string& field) {
    for (auto& block : blocks) {
      const auto& object = block.get_object();
      if (!object.contains("text") && !object.contains("cachePoint") && !object.contains("guardContent")) {
        return gateway::field_error(field + ".content", "this provider takes text alone in system messages");
      }
      system_.push_back(std::move(block));
    }
    return {};
  }

  /// Appends the blocks of a content that is a string, a list of parts, null or missing.
  Result<void> add_content(json::array& blocks, const json::value* content, const std::string& field) {
    if (content == nullptr || content->is_null()) return {};
    if (content->is_string()) {
      auto block = text_block(content->get_string());
      if (!is_blank_text(block)) blocks.push_back(std::move(block));
      return {};
    }
    if (!content->is_array()) return gateway::field_error(field, "content must be a string or a list of parts");
    for (std::size_t i = 0; i < content->get_array().size(); ++i) {
      const auto& part = content->get_array()[i];
      const auto place = fmt::format("{}[{}]", field, i);
      if (!part.is_object()) return gateway::field_error(place, "a content part must be an object");
      auto block = encode_bedrock_part(part.get_object(), place, parts_);
      if (!block) return pass(block);
      if (is_blank_text(*block)) continue;
      blocks.push_back(std::move(*block));
      if (auto point = find_bedrock_cache_point(part.get_object())) blocks.push_back(std::move(*point));
    }
    return {};
  }

  /// Thinking as Anthropic writes it, with its signature byte for byte.
  static Result<void> add_thinking(json::array& blocks, const json::object& message, const std::string& field) {
    const auto* thinking = find_member(message, "thinking_blocks");
    if (thinking == nullptr || !thinking->is_array()) return {};
    for (const auto& each : thinking->get_array()) {
      if (!each.is_object()) return gateway::field_error(field + ".thinking_blocks", "a block must be an object");
      const auto& block = each.get_object();
      json::object reasoning;
      if (string_member(block, "type") == "redacted_thinking") {
        reasoning["redactedContent"] = string_member(block, "data");
      } else {
        json::object text{{"text", string_member(block, "thinking")}};
        if (const auto signature = string_member(block, "signature"); !signature.empty()) text["signature"] = signature;
        reasoning["reasoningText"] = std::move(text);
      }
      blocks.push_back(json::object{{"reasoningContent", std::move(reasoning)}});
    }
    return {};
  }

  Result<void> add_assistant(json::array& blocks, const json::object& message, const std::string& field) {
    auto added = add_thinking(blocks, message, field);
    if (!added) return added;
    added = add_content(blocks, find_member(message, "content"), field + ".content");
    if (!added) return added;
    if (const auto refusal = string_member(message, "refusal"); !trimmed(refusal).empty()) {
      blocks.push_back(text_block(refusal));
    }
    const auto* natives = find_member(message, "native_blocks");
    if (natives != nullptr && natives->is_array()) {
      for (std::size_t i = 0; i < natives->get_array().size(); ++i) {
        const auto place = fmt::format("{}.native_blocks[{}]", field, i);
        const auto& native = natives->get_array()[i];
        if (!native.is_object()) return gateway::field_error(place, "a native block must be an object");
        auto block = unwrap_bedrock_native(native.get_object(), place, parts_);
        if (!block) return pass(block);
        blocks.push_back(std::move(*block));
      }
    }
    return add_calls(blocks, message, field);
  }

  Result<void> add_calls(json::array& blocks, const json::object& message, const std::string& field) {
    const auto* calls = find_member(message, "tool_calls");
    if (calls == nullptr || !calls->is_array()) return {};
    for (std::size_t i = 0; i < calls->get_array().size(); ++i) {
      const auto& value = calls->get_array()[i];
      const auto place = fmt::format("{}.tool_calls[{}]", field, i);
      if (!value.is_object()) return gateway::field_error(place, "a tool call must be an object");
      const auto& call = value.get_object();
      const auto type = string_member(call, "type");
      const auto* function = find_member(call, "function");
      if ((!type.empty() && type != "function") || function == nullptr || !function->is_object()) {
        return gateway::field_error(place, "only calls of functions are taken by this provider");
      }
      const auto arguments = string_member(function->get_object(), "arguments");
      auto input = parse_json_object(trimmed(arguments).empty() ? "{}" : arguments);
      if (!input) return gateway::field_error(place + ".function.arguments", "arguments must be a JSON object as text");
      const json::value name(string_member(function->get_object(), "name"));
      if (std::ranges::find(tool_names_, name) == tool_names_.end()) tool_names_.push_back(name);
      blocks.push_back(json::object{{"toolUse", json::object{{"toolUseId", tool_id(string_member(call, "id"))},
                                                             {"name", name},
                                                             {"input", std::move(*input)}}}});
      if (auto point = find_bedrock_cache_point(call)) blocks.push_back(std::move(*point));
    }
    return {};
  }

  Result<void> add_tool_answer(json::array& blocks, const json::object& message, const std::string& field) {
    const auto id = string_member(message, "tool_call_id");
    if (id.empty()) return gateway::field_error(field + ".tool_call_id", "an answer of a tool must name its call");
    json::array content, points;
    auto added = add_content(content, find_member(message, "content"), field + ".content");
    if (!added) return added;
    // A mark on a part of a result stands behind the result: in front of its end Converse has no place for it.
    for (auto block = content.begin(); block != content.end();) {
      if (!block->get_object().contains("cachePoint")) {
        ++block;
        continue;
      }
      points = {std::move(*block)};
      block = content.erase(block);
    }
    json::object result{{"toolUseId", tool_id(id)}, {"content", std::move(content)}};
    if (const auto* failed = find_member(message, "is_error"); failed != nullptr && failed->is_bool()) {
      result["status"] = failed->get_bool() ? "error" : "success";
    }
    blocks.push_back(json::object{{"toolResult", std::move(result)}});
    if (!points.empty() && !find_bedrock_cache_point(message)) blocks.push_back(std::move(points.front()));
    return {};
  }

  /// A started answer that ends in white space is refused by Anthropic's models, which go on behind it.
  void trim_prefill() {
    if (turns_.empty() || turns_.back().role != "assistant") return;
    auto& last = turns_.back().blocks.back().get_object();
    const auto text = string_member(last, "text");
    const auto end = text.find_last_not_of(" \t\r\n");
    if (end != std::string_view::npos && end + 1 < text.size()) last["text"] = std::string(text.substr(0, end + 1));
  }

  json::array system_, tool_names_;
  std::vector<Turn> turns_;
  BedrockParts parts_;
};

}  // namespace

Result<BedrockConversation> encode_bedrock_conversation(const json::array& messages, std::string_view s3_prefix) {
  Conversation conversation(s3_prefix);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto field = fmt::format("messages[{}]", i);
    if (!messages[i].is_object()) return gateway::field_error(field, "a message must be an object");
    auto added = conversation.add(messages[i].get_object(), field);
    if (!added) return pass(added);
  }
  return conversation.finish();
}

}  // namespace millwright::extensions
