#include "extensions/providers/openai_request.hpp"

#include <algorithm>
#include <array>

#include "base/json_count.hpp"
#include "extensions/providers/chat_content.hpp"

namespace millwright::extensions {
namespace {

using gateway::field_error;

constexpr std::array<std::string_view, 3> sampling_of_others{"top_k", "min_p", "repetition_penalty"};
constexpr std::array<std::string_view, 3> message_extras{"thinking_blocks", "is_error", "cache_control"};

/// Works on a copy that is made at the first change.
class Encoding {
 public:
  Encoding(const json::object& body, const OpenAiPreset& preset) : body_(body), preset_(preset) {}

  Result<std::optional<json::object>> run() {
    auto checked = refuse();
    if (checked) checked = encode_messages();
    if (checked) checked = encode_tools();
    if (!checked) return pass(checked);
    move_tool_media();
    encode_members();
    encode_reasoning();
    return std::move(made_);
  }

 private:
  json::object& out() {
    if (!made_) made_ = body_;
    return *made_;
  }
  void leave_out(std::string_view name) {
    if (body_.contains(name)) out().stable_erase(name);
  }

  Result<void> refuse() {
    for (const auto field : preset_.refused) {
      const bool is_choices = field == "n>1";
      const auto name = is_choices ? std::string_view("n") : field;
      const auto* value = find_set(body_, name);
      if (value == nullptr || (is_choices && *value == 1) || *value == false) continue;
      if (value->is_array() && value->get_array().empty()) continue;
      if (value->is_object() && value->get_object().empty()) continue;
      if (value->is_number() && value->to_number<double>() == 0) continue;
      return field_error(std::string(name), fmt::format("{} is not taken by servers of kind {}", name, preset_.name));
    }
    return {};
  }

  void encode_members() {
    for (const auto field : preset_.ignored) leave_out(field);
    for (const auto field : preset_.refused) {
      if (field != "n>1") leave_out(field);  // said, but without effect
    }
    for (const auto field : sampling_of_others) {
      if (!preset_.takes_top_k) leave_out(field);
    }
    if (!preset_.takes_cache_marks) leave_out("cache_control");
    leave_out("output_config");
    if (const auto* seed = find_set(body_, "seed"); seed != nullptr && !preset_.seed.empty()) {
      const auto value = *seed;
      out().stable_erase("seed");
      if (find_set(body_, preset_.seed) == nullptr) out()[preset_.seed] = value;
    }
    if (const auto* stop = find_set(body_, "stop"); stop != nullptr && stop->is_string() && !preset_.takes_stop_text) {
      out()["stop"] = json::array{*stop};
    }
    if (!preset_.takes_stream_options) leave_out("stream_options");
    const std::string_view other = preset_.output_limit == "max_tokens" ? "max_completion_tokens" : "max_tokens";
    const auto* limit = preset_.output_limit.empty() ? nullptr : find_set(body_, other);
    if (limit != nullptr) {
      const auto value = *limit;
      out().stable_erase(other);
      out()[preset_.output_limit] = value;
    }
  }

  /// A level from Anthropic's budget of tokens; empty when no reasoning was asked for.
  [[nodiscard]] std::string_view asked_effort() const {
    const auto* thinking = find_set(body_, "thinking");
    if (thinking == nullptr || !thinking->is_object()) return {};
    const auto& wish = thinking->get_object();
    const auto type = string_member(wish, "type");
    if (type == "adaptive") {
      const auto* config = find_set(body_, "output_config");
      const auto effort =
          config != nullptr && config->is_object() ? string_member(config->get_object(), "effort") : std::string_view();
      return effort == "low" || effort == "medium" || effort.empty() ? effort : "high";
    }
    if (type != "enabled") return {};
    const auto budget = count_member(wish, "budget_tokens");
    return budget == 0 ? "medium" : budget <= 4'096 ? "low" : budget <= 16'384 ? "medium" : "high";
  }

  void encode_reasoning() {
    if (preset_.reasoning_ask == ReasoningAsk::AsIs) return;
    const auto* thinking = find_set(body_, "thinking");
    const auto said = string_member(body_, "reasoning_effort");
    if (preset_.reasoning_ask == ReasoningAsk::Effort) {
      if (thinking == nullptr) return;
      leave_out("thinking");
      if (const auto effort = asked_effort(); said.empty() && !effort.empty()) out()["reasoning_effort"] = effort;
      return;
    }
    if (thinking == nullptr || body_.contains("reasoning")) return;  // reasoning_effort alone is understood
    leave_out("thinking");
    json::object reasoning;
    const auto* wish = thinking->is_object() ? &thinking->get_object() : nullptr;
    const auto budget = wish != nullptr ? count_member(*wish, "budget_tokens") : 0;
    if (wish != nullptr && string_member(*wish, "type") == "disabled")
      reasoning["enabled"] = false;
    else if (!said.empty())
      return;
    else if (budget > 0)
      reasoning["max_tokens"] = budget;
    else if (const auto effort = asked_effort(); !effort.empty())
      reasoning["effort"] = effort;
    else
      reasoning["enabled"] = true;
    out()["reasoning"] = std::move(reasoning);
  }

  /// Where the copy's message stands, once something about it changes.
  json::object& message_out(std::size_t i) { return out()["messages"].get_array()[i].get_object(); }

  Result<void> encode_messages() {
    const auto* messages = find_member(body_, "messages");
    if (messages == nullptr || !messages->is_array()) return {};
    for (std::size_t i = 0; i < messages->get_array().size(); ++i) {
      if (!messages->get_array()[i].is_object()) continue;
      const auto& message = messages->get_array()[i].get_object();
      const auto field = fmt::format("messages[{}]", i);
      auto encoded = encode_parts(message, i, field);
      if (!encoded) return encoded;
      encode_message(message, i);
      if (const auto* natives = find_set(message, "native_blocks");
          natives != nullptr && natives->is_array() && !natives->get_array().empty()) {
        const auto& first = natives->get_array().front();
        return refuse_part(first.is_object() ? first.get_object() : json::object{{"type", "native"}},
                           field + ".native_blocks[0]");
      }
    }
    return {};
  }

  void encode_message(const json::object& message, std::size_t i) {
    for (const auto name : message_extras) {
      const bool is_kept = name == "cache_control" && preset_.takes_cache_marks;
      if (message.contains(name) && !is_kept) message_out(i).stable_erase(name);
    }
    if (message.contains("native_blocks")) message_out(i).stable_erase("native_blocks");
    if (string_member(message, "role") == "developer" && preset_.developer == DeveloperRole::AsSystem) {
      message_out(i)["role"] = "system";
    }
    if (string_member(message, "role") != "assistant") return;
    const auto* thought = find_member(message, "reasoning_content");
    if (thought == nullptr || preset_.reasoning_up == ReasoningUp::ReasoningContent) return;
    const auto text = *thought;
    message_out(i).stable_erase("reasoning_content");
    if (preset_.reasoning_up == ReasoningUp::Reasoning && !message.contains("reasoning"))
      message_out(i)["reasoning"] = text;
  }

  static bool is_text(const json::value& part) {
    return part.is_object() && string_member(part.get_object(), "type") == "text";
  }
  static bool holds_media(const json::value& message) {
    if (!message.is_object() || string_member(message.get_object(), "role") != "tool") return false;
    const auto* content = find_member(message.get_object(), "content");
    return content != nullptr && content->is_array() && !std::ranges::all_of(content->get_array(), is_text);
  }

  /// Images of tools' answers go behind the answers of one turn, which must follow their calls without a gap.
  void move_tool_media() {
    const auto* given = find_member(body_, "messages");
    if (preset_.takes_tool_media || given == nullptr || !given->is_array()) return;
    if (std::ranges::none_of(given->get_array(), holds_media)) return;
    json::array messages, media;
    const auto flush = [&messages, &media] {
      if (!media.empty()) messages.push_back(json::object{{"role", "user"}, {"content", media}});
      media.clear();
    };
    for (auto& message : out()["messages"].get_array()) {
      if (!message.is_object() || string_member(message.get_object(), "role") != "tool") flush();
      if (holds_media(message)) take_media(message.get_object()["content"], media);
      messages.push_back(std::move(message));
    }
    flush();
    out()["messages"] = std::move(messages);
  }
  static void take_media(json::value& content, json::array& media) {
    json::array texts;
    for (auto& part : content.get_array()) (is_text(part) ? texts : media).push_back(std::move(part));
    if (texts.empty())
      content = "";
    else
      content = std::move(texts);
  }

  /// Marks of the prompt cache go, blocks of OpenAI's own dialect are unwrapped, those of others refused.
  Result<void> encode_parts(const json::object& message, std::size_t i, const std::string& field) {
    const auto* content = find_member(message, "content");
    if (content == nullptr || !content->is_array()) return {};
    for (std::size_t k = 0; k < content->get_array().size(); ++k) {
      if (!content->get_array()[k].is_object()) continue;
      const auto& part = content->get_array()[k].get_object();
      const auto place = [&]() -> json::value& { return message_out(i)["content"].get_array()[k]; };
      if (string_member(part, "type") == "native") {
        const auto* value = find_member(part, "value");
        if (string_member(part, "dialect") != "openai" || value == nullptr || !value->is_object()) {
          return refuse_part(part, fmt::format("{}.content[{}]", field, k));
        }
        const auto own = *value;
        place() = own;
      } else if (part.contains("cache_control") && !preset_.takes_cache_marks) {
        place().get_object().stable_erase("cache_control");
      }
    }
    return {};
  }

  Result<void> encode_tools() {
    const auto* tools = find_set(body_, "tools");
    if (tools == nullptr || !tools->is_array()) return {};
    for (std::size_t i = 0; i < tools->get_array().size(); ++i) {
      if (!tools->get_array()[i].is_object()) continue;
      const auto& tool = tools->get_array()[i].get_object();
      const auto place = [&]() -> json::value& { return out()["tools"].get_array()[i]; };
      if (string_member(tool, "type") == "native") {
        const auto* value = find_member(tool, "value");
        if (string_member(tool, "dialect") != "openai" || value == nullptr || !value->is_object()) {
          return refuse_part(tool, fmt::format("tools[{}]", i));
        }
        const auto own = *value;
        place() = own;
      } else if (tool.contains("cache_control") && !preset_.takes_cache_marks) {
        place().get_object().stable_erase("cache_control");
      }
    }
    const auto* choice = find_set(body_, "tool_choice");
    if (choice != nullptr && choice->is_object() && string_member(choice->get_object(), "type") == "native") {
      return refuse_part(choice->get_object(), "tool_choice");
    }
    return {};
  }

  const json::object& body_;
  const OpenAiPreset& preset_;
  std::optional<json::object> made_;
};

}  // namespace

Result<std::optional<json::object>> encode_openai_chat(const json::object& body, const OpenAiPreset& preset) {
  return Encoding(body, preset).run();
}

}  // namespace millwright::extensions
