#include "features/gateway/capabilities.hpp"

#include <algorithm>
#include <array>

namespace millwright::gateway {
namespace {

constexpr std::array<std::string_view, 6> names{"tools", "vision", "json_schema", "reasoning", "audio", "long_context"};

bool is_filled(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return true;
}

bool is_text(const json::value* value, std::string_view text) {
  return value != nullptr && value->is_string() && value->get_string() == text;
}

void read_parts(const json::array& parts, Capabilities& needs) {
  for (const auto& part : parts) {
    if (!part.is_object()) continue;
    const auto type = string_member(part.get_object(), "type");
    if (type == "image_url" || type == "input_image" || type == "image") needs.add(Capability::Vision);
    if (type == "input_audio" || type == "audio_url") needs.add(Capability::Audio);
  }
}

void read_messages(const json::object& body, Capabilities& needs) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return;
  for (const auto& message : messages->get_array()) {
    if (!message.is_object()) continue;
    const auto* content = find_member(message.get_object(), "content");
    if (content != nullptr && content->is_array()) read_parts(content->get_array(), needs);
  }
}

bool wants_reasoning(const json::object& body) {
  const auto* effort = find_member(body, "reasoning_effort");
  if (effort != nullptr && effort->is_string() && *effort != "none") return true;
  const auto* thinking = find_member(body, "thinking");
  if (thinking == nullptr || !thinking->is_object()) return false;
  return string_member(thinking->get_object(), "type") != "disabled";
}

bool wants_audio(const json::object& body) {
  if (is_filled(find_member(body, "audio"))) return true;
  const auto* modalities = find_member(body, "modalities");
  if (modalities == nullptr || !modalities->is_array()) return false;
  return std::ranges::any_of(modalities->get_array(), [](const json::value& each) { return is_text(&each, "audio"); });
}

}  // namespace

std::string_view capability_name(Capability capability) { return names[static_cast<std::size_t>(capability)]; }

std::optional<Capability> find_capability(std::string_view name) {
  const auto* found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Capability>(found - names.begin());
}

std::vector<std::string> capability_names() { return {names.begin(), names.end()}; }

std::string Capabilities::text() const {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (has(static_cast<Capability>(i))) text.append(text.empty() ? "" : ", ").append(names[i]);
  }
  return text;
}

Capabilities needs_of(const json::object& body) {
  Capabilities needs;
  if (is_filled(find_member(body, "tools")) || is_filled(find_member(body, "functions"))) needs.add(Capability::Tools);
  const auto* format = find_member(body, "response_format");
  if (format != nullptr && format->is_object() && string_member(format->get_object(), "type") == "json_schema") {
    needs.add(Capability::JsonSchema);
  }
  if (wants_reasoning(body)) needs.add(Capability::Reasoning);
  if (wants_audio(body)) needs.add(Capability::Audio);
  read_messages(body, needs);
  return needs;
}

}  // namespace millwright::gateway
