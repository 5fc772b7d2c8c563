#include <algorithm>
#include <array>

#include "extensions/providers/bedrock_messages.hpp"

namespace millwright::extensions {
namespace {

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

/// Collects the blocks of one message into the members of OpenAI's.
class Collecting {
 public:
  void add(const json::object& block) {
    const auto* use = object_member(block, "toolUse");
    if (const auto* text = find_member(block, "text"); text != nullptr && text->is_string())
      add_text(text->get_string(), nullptr);
    else if (use != nullptr && string_member(*use, "type").empty())
      calls_.push_back(make_bedrock_call(*use));
    else if (const auto* reasoning = object_member(block, "reasoningContent"))
      add_reasoning(*reasoning);
    else if (const auto* cited = object_member(block, "citationsContent"))
      add_cited(*cited);
    else if (const auto* image = object_member(block, "image"))
      add_image(*image);
    else
      natives_.push_back(make_bedrock_native(block, code_points_));
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
    put(message, "images", images_);
    put(message, "annotations", annotations_);
    put(message, "native_blocks", natives_);
    return message;
  }

 private:
  void add_text(std::string_view text, const json::array* citations) {
    const auto start = code_points_;
    has_text_ = true;
    text_ += text;
    code_points_ += count_code_points(text);
    if (citations == nullptr) return;
    for (const auto& citation : *citations) {
      if (citation.is_object()) {
        annotations_.push_back(make_bedrock_annotation(citation.get_object(), start, code_points_));
      }
    }
  }
  void add_cited(const json::object& cited) {
    std::string text;
    if (const auto* content = array_member(cited, "content")) {
      for (const auto& part : *content) {
        if (part.is_object()) text += string_member(part.get_object(), "text");
      }
    }
    add_text(text, array_member(cited, "citations"));
  }
  void add_reasoning(const json::object& reasoning) {
    if (const auto data = string_member(reasoning, "redactedContent"); !data.empty()) {
      thinking_.push_back(json::object{{"type", "redacted_thinking"}, {"data", data}});
    }
    const auto* text = object_member(reasoning, "reasoningText");
    if (text == nullptr) return;
    reasoning_ += string_member(*text, "text");
    // Without a signature nothing has to come back.
    if (const auto signature = string_member(*text, "signature"); !signature.empty()) {
      thinking_.push_back(
          json::object{{"type", "thinking"}, {"thinking", string_member(*text, "text")}, {"signature", signature}});
    }
  }
  void add_image(const json::object& image) {
    const auto* source = object_member(image, "source");
    if (source == nullptr) return;
    images_.push_back(make_bedrock_image(string_member(image, "format"), string_member(*source, "bytes")));
  }
  static void put(json::object& message, std::string_view name, json::array& list) {
    if (!list.empty()) message[name] = std::move(list);
  }

  std::string text_, reasoning_;
  std::int64_t code_points_ = 0;
  bool has_text_ = false;
  json::array thinking_, calls_, images_, annotations_, natives_;
};

}  // namespace

std::string_view bedrock_finish_reason(std::string_view stop_reason) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> reasons{{
      {"end_turn", "stop"},
      {"stop_sequence", "stop"},
      {"tool_use", "tool_calls"},
      {"max_tokens", "length"},
      {"model_context_window_exceeded", "length"},
      {"guardrail_intervened", "content_filter"},
      {"content_filtered", "content_filter"},
  }};
  const auto* known = std::ranges::find(reasons, stop_reason, &std::pair<std::string_view, std::string_view>::first);
  return known == reasons.end() ? "stop" : known->second;
}

void put_bedrock_ending(json::object& choice, const json::object& ending, const json::object& about) {
  const auto reason = string_member(ending, "stopReason");
  choice["finish_reason"] = bedrock_finish_reason(reason);
  if (!reason.empty()) choice["native_finish_reason"] = reason;
  json::object extra;
  constexpr std::array<std::string_view, 4> elsewhere{"output", "stopReason", "usage", "p"};  // p: padding
  for (const auto* members : {&ending, &about}) {
    for (const auto& member : *members) {
      const std::string_view key = member.key();
      if (!member.value().is_null() && std::ranges::find(elsewhere, key) == elsewhere.end()) {
        extra.emplace(key, member.value());
      }
    }
  }
  // The stop sequence that matched, where the model says it.
  if (const auto* own = object_member(extra, "additionalModelResponseFields")) {
    const auto* stop = find_member(*own, "stop_sequence");
    if (stop != nullptr && stop->is_string()) choice["matched_stop"] = *stop;
  }
  if (!extra.empty()) choice["extra_content"] = json::object{{"bedrock", std::move(extra)}};
}

std::string bedrock_service_tier(const json::object& about) {
  const auto* performance = object_member(about, "performanceConfig");
  if (performance != nullptr && string_member(*performance, "latency") == "optimized") return "latency-optimized";
  const auto* tier = object_member(about, "serviceTier");
  return tier != nullptr ? std::string(string_member(*tier, "type")) : std::string();
}

std::string bedrock_invoked_model(const json::object& about) {
  const auto* trace = object_member(about, "trace");
  const auto* router = trace != nullptr ? object_member(*trace, "promptRouter") : nullptr;
  return router != nullptr ? std::string(string_member(*router, "invokedModelId")) : std::string();
}

json::object make_bedrock_annotation(const json::object& citation, std::int64_t start, std::int64_t end) {
  json::object place{{"start_index", start}, {"end_index", end}};
  if (const auto title = string_member(citation, "title"); !title.empty()) place["title"] = title;
  const auto* location = object_member(citation, "location");
  const auto* web = location != nullptr ? object_member(*location, "web") : nullptr;
  if (web != nullptr) place["url"] = string_member(*web, "url");
  const std::string_view type = web != nullptr ? "url_citation" : "document_citation";
  json::object annotation{{"type", type}};
  annotation[type] = std::move(place);
  annotation["native"] = json::object{{"dialect", "bedrock"}, {"value", citation}};
  return annotation;
}

json::object make_bedrock_call(const json::object& use) {
  const auto* input = find_member(use, "input");
  const bool has_input = input != nullptr && !input->is_null();
  return {{"id", string_member(use, "toolUseId")},
          {"type", "function"},
          {"function", json::object{{"name", string_member(use, "name")},
                                    {"arguments", has_input ? json::serialize(*input) : "{}"}}}};
}

json::object make_bedrock_image(std::string_view format, std::string_view base64) {
  return {{"type", "image_url"},
          {"image_url", json::object{{"url", fmt::format("data:image/{};base64,{}", format, base64)}}}};
}

json::object make_bedrock_native(json::object block, std::int64_t start) {
  return {{"type", "native"}, {"dialect", "bedrock"}, {"start_index", start}, {"value", std::move(block)}};
}

json::object decode_bedrock_answer(const json::object& answer, const BedrockFrame& frame) {
  Collecting collecting;
  const auto* output = object_member(answer, "output");
  const auto* message = output != nullptr ? object_member(*output, "message") : nullptr;
  if (const auto* content = message != nullptr ? array_member(*message, "content") : nullptr) {
    for (const auto& block : *content) {
      if (block.is_object()) collecting.add(block.get_object());
    }
  }
  json::object choice{{"index", 0}, {"message", collecting.finish()}};
  put_bedrock_ending(choice, answer, {});
  json::object decoded{{"id", frame.id},
                       {"object", "chat.completion"},
                       {"created", frame.created},
                       {"model", frame.model},
                       {"choices", json::array{std::move(choice)}}};
  if (const auto* usage = object_member(answer, "usage")) decoded["usage"] = render_bedrock_usage(*usage);
  return decoded;
}

}  // namespace millwright::extensions
