#include <algorithm>
#include <array>

#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {
namespace {

/// Collects the blocks of one message into the members of OpenAI's.
class Collecting {
 public:
  void add(const json::object& block) {
    const auto type = string_member(block, "type");
    if (type == "text")
      add_text(block);
    else if (type == "thinking" || type == "redacted_thinking")
      add_thinking(block);
    else if (type == "tool_use")
      calls_.push_back(make_anthropic_call(block));
    else
      natives_.push_back(make_anthropic_native(block, code_points_));
  }

  json::object finish() {
    json::object message{{"role", "assistant"}};
    if (has_text_ || calls_.empty())
      message["content"] = text_;
    else
      message["content"] = nullptr;
    if (!reasoning_.empty()) message["reasoning_content"] = reasoning_;
    put(message, "thinking_blocks", thinking_);
    put(message, "tool_calls", calls_);
    put(message, "annotations", annotations_);
    put(message, "native_blocks", natives_);
    return message;
  }

 private:
  void add_text(const json::object& block) {
    const auto text = string_member(block, "text");
    const auto start = code_points_;
    has_text_ = true;
    text_ += text;
    code_points_ += count_code_points(text);
    const auto* citations = find_member(block, "citations");
    if (citations == nullptr || !citations->is_array()) return;
    for (const auto& citation : citations->get_array()) {
      if (citation.is_object()) {
        annotations_.push_back(make_anthropic_annotation(citation.get_object(), start, code_points_));
      }
    }
  }
  void add_thinking(const json::object& block) {
    reasoning_ += string_member(block, "thinking");
    thinking_.push_back(block);
  }
  static void put(json::object& message, std::string_view name, json::array& list) {
    if (!list.empty()) message[name] = std::move(list);
  }

  std::string text_, reasoning_;
  std::int64_t code_points_ = 0;
  bool has_text_ = false;
  json::array thinking_, calls_, annotations_, natives_;
};

}  // namespace

std::int64_t count_code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string_view finish_reason_of(std::string_view stop_reason) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> reasons{{
      {"end_turn", "stop"},
      {"stop_sequence", "stop"},
      {"pause_turn", "stop"},
      {"max_tokens", "length"},
      {"model_context_window_exceeded", "length"},
      {"tool_use", "tool_calls"},
      {"refusal", "content_filter"},
  }};
  const auto* known = std::ranges::find(reasons, stop_reason, &std::pair<std::string_view, std::string_view>::first);
  return known == reasons.end() ? "stop" : known->second;
}

void put_anthropic_ending(json::object& choice, const json::object& ending) {
  const auto reason = string_member(ending, "stop_reason");
  choice["finish_reason"] = finish_reason_of(reason);
  if (!reason.empty()) choice["native_finish_reason"] = reason;
  if (const auto* stop = find_member(ending, "stop_sequence"); stop != nullptr && stop->is_string()) {
    choice["matched_stop"] = *stop;
  }
  if (const auto* details = find_member(ending, "stop_details"); details != nullptr && details->is_object()) {
    choice["stop_details"] = *details;
  }
}

json::object make_anthropic_annotation(const json::object& citation, std::int64_t start, std::int64_t end) {
  const bool is_web = string_member(citation, "type") == "web_search_result_location";
  json::object place{{"start_index", start}, {"end_index", end}};
  if (is_web) place["url"] = string_member(citation, "url");
  auto title = string_member(citation, "title");
  if (title.empty()) title = string_member(citation, "document_title");
  if (!title.empty()) place["title"] = title;
  const std::string_view type = is_web ? "url_citation" : "document_citation";
  json::object annotation{{"type", type}};
  annotation[type] = std::move(place);
  annotation["native"] = json::object{{"dialect", "anthropic"}, {"value", citation}};
  return annotation;
}

json::object make_anthropic_call(const json::object& block) {
  const auto* input = find_member(block, "input");
  json::object call{
      {"id", string_member(block, "id")},
      {"type", "function"},
      {"function",
       json::object{{"name", string_member(block, "name")},
                    {"arguments", input != nullptr && !input->is_null() ? json::serialize(*input) : "{}"}}}};
  json::object extra;
  for (const auto& member : block) {
    const auto key = member.key();
    if (key != "type" && key != "id" && key != "name" && key != "input" && !member.value().is_null()) {
      extra.emplace(key, member.value());
    }
  }
  if (!extra.empty()) call["extra_content"] = json::object{{"anthropic", std::move(extra)}};
  return call;
}

json::object make_anthropic_native(json::object block, std::int64_t start) {
  return {{"type", "native"}, {"dialect", "anthropic"}, {"start_index", start}, {"value", std::move(block)}};
}

json::object decode_anthropic_answer(const json::object& message, std::int64_t created) {
  Collecting collecting;
  if (const auto* content = find_member(message, "content"); content != nullptr && content->is_array()) {
    for (const auto& block : content->get_array()) {
      if (block.is_object()) collecting.add(block.get_object());
    }
  }
  json::object choice{{"index", 0}, {"message", collecting.finish()}};
  put_anthropic_ending(choice, message);
  json::object answer{{"id", string_member(message, "id")},
                      {"object", "chat.completion"},
                      {"created", created},
                      {"model", string_member(message, "model")},
                      {"choices", json::array{std::move(choice)}}};
  const auto* usage = find_member(message, "usage");
  if (usage != nullptr && usage->is_object()) answer["usage"] = render_anthropic_usage(usage->get_object());
  constexpr std::array<std::string_view, 9> translated{
      "id", "type", "role", "content", "model", "stop_reason", "stop_sequence", "stop_details", "usage"};
  for (const auto& member : message) {
    const std::string_view key = member.key();
    if (!member.value().is_null() && std::ranges::find(translated, key) == translated.end()) {
      answer.emplace(key, member.value());
    }
  }
  return answer;
}

}  // namespace millwright::extensions
