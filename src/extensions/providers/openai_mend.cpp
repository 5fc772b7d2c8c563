#include "extensions/providers/openai_mend.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/json_count.hpp"

namespace millwright::extensions {
namespace {

struct Renamed {
  std::string_view from, to;
};
// TGI's and Mistral's.
constexpr std::array reasons{Renamed{"eos_token", "stop"}, Renamed{"eos", "stop"}, Renamed{"stop_sequence", "stop"},
                             Renamed{"model_length", "length"}, Renamed{"max_tokens", "length"}};

void mend_reason(json::object& choice) {
  const auto word = string_member(choice, "finish_reason");
  const auto* found = std::ranges::find(reasons, word, &Renamed::from);
  if (found == reasons.end()) return;
  choice.emplace("native_finish_reason", word);
  choice["finish_reason"] = found->to;
}

/// `reasoning` of vLLM, OpenRouter and Groq.
void mend_reasoning(json::object& message) {
  auto* reasoning = message.if_contains("reasoning");
  if (reasoning == nullptr || !reasoning->is_string() || message.contains("reasoning_content")) return;
  auto text = std::move(reasoning->get_string());
  message.stable_erase("reasoning");
  message["reasoning_content"] = std::move(text);
}

/// Mistral's reasoning models say it as parts of the content: {"type": "thinking", "thinking": [{"type": "text"}]}.
void mend_content(json::object& message) {
  auto* content = message.if_contains("content");
  if (content == nullptr || !content->is_array()) return;
  std::string text, thought;
  for (const auto& item : content->get_array()) {
    if (!item.is_object()) return;
    const auto type = string_member(item.get_object(), "type");
    const auto* inner = find_member(item.get_object(), "thinking");
    if (type == "text")
      text += string_member(item.get_object(), "text");
    else if (type != "thinking")
      return;  // of a kind nobody knows: all of it stays
    if (inner != nullptr && inner->is_string()) thought += inner->get_string();
    if (inner == nullptr || !inner->is_array()) continue;
    for (const auto& piece : inner->get_array()) {
      if (piece.is_object()) thought += string_member(piece.get_object(), "text");
    }
  }
  if (!thought.empty()) message["reasoning_content"] = thought;
  if (text.empty())
    message["content"] = nullptr;
  else
    message["content"] = text;
}

void mend_arguments(json::object& call) {
  auto* function = call.if_contains("function");
  if (function == nullptr || !function->is_object()) return;
  auto* arguments = function->get_object().if_contains("arguments");
  if (arguments != nullptr && arguments->is_object()) *arguments = json::serialize(*arguments);
}

}  // namespace

void OpenAiMending::mend_choice(json::object& choice) {
  mend_reason(choice);
  auto* delta = choice.if_contains("delta");
  if (delta == nullptr || !delta->is_object()) return;
  mend_reasoning(delta->get_object());
  mend_content(delta->get_object());
  auto* calls = delta->get_object().if_contains("tool_calls");
  if (calls != nullptr && calls->is_array()) mend_calls(calls->get_array(), count_member(choice, "index"));
}

void OpenAiMending::mend_calls(json::array& calls, std::int64_t choice) {
  auto& known = calls_[choice];
  for (auto& item : calls) {
    if (!item.is_object()) continue;
    auto& call = item.get_object();
    mend_arguments(call);
    const auto id = string_member(call, "id");
    const auto* index = find_member(call, "index");
    if (index != nullptr && index->is_int64()) {
      if (!id.empty()) known.push_back({std::string(id), index->get_int64()});
      continue;
    }
    // Without an index a call is known by its id; a piece without either belongs to the last one.
    auto found = std::ranges::find(known, id, &Known::id);
    std::int64_t last = -1;
    for (const auto& each : known) last = std::max(last, each.index);
    std::int64_t place = last < 0 ? 0 : last;
    if (!id.empty()) place = found != known.end() ? found->index : last + 1;
    if (!id.empty() && found == known.end()) known.push_back({std::string(id), place});
    call["index"] = place;
  }
}

bool has_failed_choice(const json::object& body) {
  const auto* choices = find_member(body, "choices");
  return choices != nullptr && choices->is_array() &&
         std::ranges::any_of(choices->get_array(), [](const json::value& choice) {
           return choice.is_object() && string_member(choice.get_object(), "finish_reason") == "error";
         });
}

void mend_openai_answer(json::object& body) {
  auto* choices = body.if_contains("choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (auto& item : choices->get_array()) {
    if (!item.is_object()) continue;
    mend_reason(item.get_object());
    auto* message = item.get_object().if_contains("message");
    if (message == nullptr || !message->is_object()) continue;
    mend_reasoning(message->get_object());
    mend_content(message->get_object());
    auto* calls = message->get_object().if_contains("tool_calls");
    if (calls == nullptr || !calls->is_array()) continue;
    for (auto& call : calls->get_array()) {
      if (call.is_object()) mend_arguments(call.get_object());
    }
  }
}

}  // namespace millwright::extensions
