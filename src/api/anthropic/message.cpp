#include "api/anthropic/message.hpp"

#include <algorithm>

#include "api/anthropic/content.hpp"
#include "api/anthropic/ending.hpp"
#include "api/anthropic/members.hpp"

namespace millwright::api::anthropic {
namespace {

const json::object* first_choice(const json::object& completion) {
  const auto* choices = find_list(completion, "choices");
  return choices != nullptr && !choices->empty() && choices->front().is_object() ? &choices->front().get_object()
                                                                                 : nullptr;
}

/// Bytes of the first `count` code points.
std::size_t bytes_of(std::string_view text, std::int64_t count) {
  std::size_t bytes = 0;
  for (; bytes < text.size(); ++bytes) {
    const bool is_start = (static_cast<unsigned char>(text[bytes]) & 0xC0) != 0x80;
    if (is_start && count-- <= 0) break;
  }
  return bytes;
}

void add_thinking(const json::object& message, json::array& content) {
  const auto* blocks = find_list(message, "thinking_blocks");
  if (blocks != nullptr && !blocks->empty()) {
    for (const auto& block : *blocks) content.push_back(block);
  } else if (const auto reasoning = reasoning_of(message); !reasoning.empty()) {
    content.push_back(json::object{{"type", "thinking"}, {"thinking", reasoning}, {"signature", ""}});
  }
}

/// The text, cut where blocks of this dialect stood in it. Gives the place of the last text block in `content`, or
/// npos.
std::size_t add_texts(std::string_view text, const json::array* natives, json::array& content) {
  std::size_t last = std::string::npos;
  const auto add_text = [&](std::string_view piece) {
    if (piece.empty()) return;
    last = content.size();
    content.push_back(json::object{{"type", "text"}, {"text", piece}});
  };
  std::int64_t passed = 0;
  for (std::size_t i = 0; natives != nullptr && i < natives->size(); ++i) {
    const auto* native = (*natives)[i].if_object();
    const auto* block = native == nullptr ? nullptr : find_native_block(*native);
    if (block == nullptr) continue;
    const auto* start = find_member(*native, "start_index");
    const auto index = start != nullptr && start->is_int64() ? std::max(start->get_int64(), passed) : passed;
    const auto bytes = bytes_of(text, index - passed);
    add_text(text.substr(0, bytes));
    text.remove_prefix(bytes);
    passed = index;
    content.push_back(*block);
  }
  add_text(text);
  return last;
}

json::array citations_of(const json::object& completion, const json::object& message) {
  json::array citations;
  if (const auto* annotations = find_list(message, "annotations")) {
    for (const auto& annotation : *annotations) {
      const auto* object = annotation.if_object();
      const auto* native = object == nullptr ? nullptr : find_native_citation(*object);
      if (native != nullptr) citations.push_back(*native);
    }
  }
  if (const auto* millwright = find_object(completion, "millwright")) {
    for (auto& citation : encode_citations(*millwright)) citations.push_back(std::move(citation));
  }
  return citations;
}

json::array content_of(const json::object& completion, const json::object& message) {
  json::array content;
  add_thinking(message, content);
  std::string text(string_member(message, "content"));
  text += string_member(message, "refusal");
  const auto place = add_texts(text, find_list(message, "native_blocks"), content);
  if (place != std::string::npos) {
    auto citations = citations_of(completion, message);
    if (!citations.empty()) content[place].get_object()["citations"] = std::move(citations);
  }
  if (const auto* calls = find_list(message, "tool_calls")) {
    for (const auto& call : *calls) {
      if (call.is_object()) content.push_back(encode_call(call.get_object()));
    }
  }
  return content;
}

}  // namespace

std::string message_id_of(std::string_view id, std::string_view trace) {
  if (id.starts_with("msg_")) return std::string(id);
  return "msg_" + std::string(trace);
}

json::object encode_message(const json::object& completion, std::string_view trace,
                            const telemetry::TokenCounts& booked) {
  static const json::object none;
  const auto* choice = first_choice(completion);
  const auto* message = choice == nullptr ? nullptr : find_object(*choice, "message");
  json::object encoded{{"id", message_id_of(string_member(completion, "id"), trace)},
                       {"type", "message"},
                       {"role", "assistant"},
                       {"model", string_member(completion, "model")}};
  encoded["content"] = message == nullptr ? json::array() : content_of(completion, *message);
  const auto* calls = message == nullptr ? nullptr : find_list(*message, "tool_calls");
  const auto stop = encode_stop(choice == nullptr ? none : *choice, calls != nullptr && !calls->empty());
  for (const auto& member : stop) encoded[member.key()] = member.value();
  if (message != nullptr && !string_member(*message, "refusal").empty()) encoded["stop_reason"] = "refusal";
  encoded["usage"] = encode_usage(find_object(completion, "usage"), booked);
  copy_rest(completion, {"id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"},
            encoded);
  return encoded;
}

}  // namespace millwright::api::anthropic
