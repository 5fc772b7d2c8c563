#include "extensions/providers/gemini_contents.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "extensions/providers/gemini_part.hpp"

namespace millwright::extensions {
namespace {

/// Ids of other providers' making: the endpoints of Vertex AI that give no ids refuse to be sent any.
bool is_foreign_id(std::string_view id) {
  constexpr std::array<std::string_view, 5> prefixes{"call_", "toolu_", "tooluse_", "chatcmpl-tool-", "fc_"};
  return id.empty() || std::ranges::any_of(prefixes, [&](std::string_view prefix) { return id.starts_with(prefix); });
}

/// `extra_content.google.thought_signature` of a message or a tool call.
const json::value* signature_of(const json::object& object) {
  const auto* extra = find_member(object, "extra_content");
  const auto* google = extra != nullptr && extra->is_object() ? find_member(extra->get_object(), "google") : nullptr;
  const auto* signature =
      google != nullptr && google->is_object() ? find_member(google->get_object(), "thought_signature") : nullptr;
  return signature != nullptr && signature->is_string() ? signature : nullptr;
}

class Conversation {
 public:
  Result<void> add(const json::object& message, const std::string& field) {
    const auto role = string_member(message, "role");
    if (role == "tool" || role == "function") return add_tool_answer(message, field);
    close_turn();
    const auto* content = find_member(message, "content");
    if (role == "system" || role == "developer") return add_system(content, field + ".content");
    if (role == "assistant") return add_answer(message, content, field);
    json::array parts;
    if (content != nullptr) {
      auto appended = append_gemini_parts(*content, field + ".content", parts);
      if (!appended) return appended;
    }
    push("user", std::move(parts));
    return {};
  }

  Result<void> finish(json::object& request) {
    close_turn();
    if (contents_.empty()) return gateway::field_error("messages", "this provider needs a message that is not of the system");
    if (!system_.empty()) request["systemInstruction"] = json::object{{"parts", std::move(system_)}};
    request["contents"] = std::move(contents_);
    return {};
  }

 private:
  struct Call {
    std::string id, name;
  };
  struct ToolAnswer {
    std::size_t order = 0;
    json::object part;
  };

  void push(std::string_view role, json::array parts) {
    if (parts.empty()) return;
    contents_.push_back(json::object{{"role", role}, {"parts", std::move(parts)}});
  }

  Result<void> add_system(const json::value* content, const std::string& field) {
    if (content == nullptr || content->is_null()) return {};
    auto text = text_of_content(*content, field);
    if (!text) return pass(text);
    system_.push_back(json::object{{"text", *text}});
    return {};
  }

  Result<void> add_answer(const json::object& message, const json::value* content, const std::string& field) {
    json::array parts;
    const bool is_empty = content == nullptr || (content->is_string() && content->get_string().empty());
    if (!is_empty) {
      auto appended = append_gemini_parts(*content, field + ".content", parts);
      if (!appended) return appended;
    }
    if (const auto* signature = signature_of(message)) {
      if (parts.empty()) parts.push_back(json::object{{"text", ""}});
      parts.back().get_object()["thoughtSignature"] = *signature;
    }
    const auto* calls = find_member(message, "tool_calls");
    if (calls != nullptr && calls->is_array()) {
      for (std::size_t i = 0; i < calls->get_array().size(); ++i) {
        auto added = add_call(calls->get_array()[i], fmt::format("{}.tool_calls[{}]", field, i), parts);
        if (!added) return added;
      }
    } else if (const auto* legacy = find_member(message, "function_call"); legacy != nullptr && legacy->is_object()) {
      auto added = add_call(json::object{{"function", *legacy}}, field + ".function_call", parts);
      if (!added) return added;
    }
    push("model", std::move(parts));
    return {};
  }

  Result<void> add_call(const json::value& call, const std::string& field, json::array& parts) {
    const auto* function = call.is_object() ? find_member(call.get_object(), "function") : nullptr;
    if (function == nullptr || !function->is_object())
      return gateway::field_error(field, "only calls of functions can be sent");
    const auto name = string_member(function->get_object(), "name");
    if (name.empty()) return gateway::field_error(field + ".function.name", "a call needs the name of its function");
    const auto id = string_member(call.get_object(), "id");
    const auto text = string_member(function->get_object(), "arguments");
    json::object arguments;
    if (!text.empty()) {
      auto parsed = parse_json_object(text);
      if (!parsed)
        return gateway::field_error(field + ".function.arguments",
                            "arguments must be a JSON object: " + parsed.error().message);
      arguments = std::move(*parsed);
    }
    json::object made;
    if (!is_foreign_id(id)) made["id"] = id;
    made["name"] = name;
    made["args"] = std::move(arguments);
    json::object part{{"functionCall", std::move(made)}};
    if (const auto* signature = signature_of(call.get_object())) part["thoughtSignature"] = *signature;
    parts.push_back(std::move(part));
    calls_.push_back({std::string(id), std::string(name)});
    return {};
  }

  /// Where the call of this answer stands among all calls so far: the nearest one of that id, or of that name.
  [[nodiscard]] std::optional<std::size_t> find_call(std::string_view id, std::string_view name) const {
    for (std::size_t i = calls_.size(); i-- > 0;) {
      if (id.empty() ? calls_[i].name == name : calls_[i].id == id) return i;
    }
    return std::nullopt;
  }

  Result<void> add_tool_answer(const json::object& message, const std::string& field) {
    const auto id = string_member(message, "tool_call_id");
    auto name = std::string(string_member(message, "name"));
    const auto call = find_call(id, name);
    if (call) name = calls_[*call].name;
    if (name.empty()) return gateway::field_error(field + ".tool_call_id", "no call with this id stands before it");
    const auto* content = find_member(message, "content");
    json::array parts;
    if (content != nullptr) {
      auto appended = append_gemini_parts(*content, field + ".content", parts);
      if (!appended) return appended;
    }
    json::object response;
    if (!is_foreign_id(id)) response["id"] = id;
    response["name"] = name;
    const auto* failed = find_member(message, "is_error");
    response["response"] = response_of(parts, failed != nullptr && *failed == true);
    if (!parts.empty()) response["parts"] = std::move(parts);
    answers_.push_back({call.value_or(calls_.size()), json::object{{"functionResponse", std::move(response)}}});
    return {};
  }

  /// What the tool said: its JSON object, or its words. Takes the texts out of `parts`; what is left are files.
  static json::object response_of(json::array& parts, bool is_error) {
    std::string text;
    json::array files;
    for (auto& part : parts) {
      const auto* piece = find_member(part.get_object(), "text");
      if (piece == nullptr || !piece->is_string())
        files.push_back(std::move(part));
      else
        text += (text.empty() ? "" : "\n") + std::string(piece->get_string());
    }
    parts = std::move(files);
    if (is_error) return {{"error", text}};
    auto parsed = parse_json_object(text);
    return parsed ? std::move(*parsed) : json::object{{"output", text}};
  }

  /// Without ids the n-th answer belongs to the n-th call, whatever order the caller sends them in.
  void close_turn() {
    if (answers_.empty()) return;
    std::ranges::stable_sort(answers_, {}, &ToolAnswer::order);
    json::array parts;
    for (auto& answer : answers_) parts.push_back(std::move(answer.part));
    answers_.clear();
    push("user", std::move(parts));
  }

  json::array contents_, system_;
  std::vector<Call> calls_;
  std::vector<ToolAnswer> answers_;
};

}  // namespace

Result<void> add_gemini_contents(const json::object& body, json::object& request) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return gateway::field_error("messages", "messages must be a list");
  Conversation conversation;
  for (std::size_t i = 0; i < messages->get_array().size(); ++i) {
    auto field = fmt::format("messages[{}]", i);
    const auto& message = messages->get_array()[i];
    if (!message.is_object()) return gateway::field_error(std::move(field), "a message must be an object");
    auto added = conversation.add(message.get_object(), field);
    if (!added) return added;
  }
  return conversation.finish(request);
}

}  // namespace millwright::extensions
