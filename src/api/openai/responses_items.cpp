#include "api/openai/responses_items.hpp"

#include <algorithm>

#include "api/openai/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

using Names = std::initializer_list<std::string_view>;

/// Members of `from` that nobody here knows travel along.
void copy_others(json::object& to, const json::object& from, Names known) {
  for (const auto& member : from) {
    if (std::ranges::find(known, std::string_view(member.key())) == known.end()) to[member.key()] = member.value();
  }
}

Result<std::string> required_text(const json::object& object, std::string_view name, const std::string& field) {
  const auto* value = find_member(object, name);
  if (value == nullptr || !value->is_string()) {
    return field_error(fmt::format("{}.{}", field, name), fmt::format("{} must be a string", name));
  }
  return std::string(value->get_string());
}

Result<json::value> image_part(const json::object& part, const std::string& field) {
  const auto* url = find_member(part, "image_url");
  if (url == nullptr || !url->is_string()) {
    return field_error(field + ".image_url", "an image needs image_url: the provider's own file ids cannot travel");
  }
  json::object image{{"url", *url}};
  if (const auto* detail = find_member(part, "detail"); detail != nullptr && !detail->is_null())
    image["detail"] = *detail;
  json::object made{{"type", "image_url"}, {"image_url", std::move(image)}};
  copy_others(made, part, {"type", "image_url", "detail", "file_id"});
  return made;
}

Result<json::value> file_part(const json::object& part, const std::string& field) {
  if (const auto* url = find_member(part, "file_url"); url != nullptr && !url->is_null()) {
    return field_error(field + ".file_url", "file_url cannot travel; send the file itself as file_data");
  }
  json::object file;
  for (const char* name : {"file_data", "filename", "file_id"}) {
    if (const auto* value = find_member(part, name); value != nullptr && !value->is_null()) file[name] = *value;
  }
  if (!file.contains("file_data") && !file.contains("file_id")) {
    return field_error(field + ".file_data", "a file needs file_data");
  }
  json::object made{{"type", "file"}, {"file", std::move(file)}};
  copy_others(made, part, {"type", "file_data", "filename", "file_id", "file_url", "detail"});
  return made;
}

Result<json::value> read_part(const json::value& value, const std::string& field) {
  if (!value.is_object()) return field_error(field, "a content part must be an object");
  const auto& part = value.get_object();
  const auto type = string_member(part, "type");
  if (type == "input_text" || type == "output_text" || type == "text" || type == "summary_text") {
    auto text = required_text(part, "text", field);
    if (!text) return pass(text);
    json::object made{{"type", "text"}, {"text", std::move(*text)}};
    copy_others(made, part, {"type", "text", "annotations", "logprobs"});
    return made;
  }
  if (type == "refusal") {
    auto text = required_text(part, "refusal", field);
    if (!text) return pass(text);
    return json::object{{"type", "refusal"}, {"refusal", std::move(*text)}};
  }
  if (type == "input_image") return image_part(part, field);
  if (type == "input_file") return file_part(part, field);
  if (type == "input_audio") return value;
  return field_error(field + ".type",
                     fmt::format("a content part of type \"{}\" cannot travel", utf8_prefix(type, 60)));
}

/// A string, or a list of parts. One plain text becomes a string: servers exist that take nothing else.
Result<json::value> read_content(const json::value* content, const std::string& field) {
  if (content == nullptr) return field_error(field, "content is missing");
  if (content->is_string()) return *content;
  if (!content->is_array()) return field_error(field, "content must be a string or a list of parts");
  const auto& list = content->get_array();
  json::array parts;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto part = read_part(list[i], fmt::format("{}[{}]", field, i));
    if (!part) return pass(part);
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return json::value("");
  if (parts.size() == 1) {
    const auto& only = parts.front().get_object();
    if (only.size() == 2 && only.contains("text")) return json::value(only.at("text"));
  }
  return json::value(std::move(parts));
}

/// Texts of a list of {type, text}, joined by blank lines.
std::string joined_texts(const json::value* list) {
  std::string text;
  if (list == nullptr || !list->is_array()) return text;
  for (const auto& part : list->get_array()) {
    if (!part.is_object()) continue;
    if (!text.empty()) text += "\n\n";
    text += string_member(part.get_object(), "text");
  }
  return text;
}

json::array as_parts(json::value content) {
  if (content.is_array()) return std::move(content.get_array());
  return json::array{json::object{{"type", "text"}, {"text", std::move(content)}}};
}

}  // namespace

Result<void> Conversation::add(const json::object& item, const std::string& field) {
  const auto* type_value = find_member(item, "type");
  const auto type = type_value == nullptr ? std::string_view("message") : string_member(item, "type");
  if (type == "message") return add_message(item, field);
  if (type == "function_call") return add_call(item, field);
  if (type == "function_call_output") return add_call_output(item, field);
  if (type == "reasoning") return add_reasoning(item, field);
  auto error = field_error(field + ".type", fmt::format("an item of type \"{}\" cannot travel", utf8_prefix(type, 60)));
  error.error().fix = "Only message, function_call, function_call_output and reasoning do.";
  return error;
}

Result<void> Conversation::add_message(const json::object& item, const std::string& field) {
  auto role = required_text(item, "role", field);
  if (!role) return pass(role);
  constexpr std::array<std::string_view, 4> roles{"user", "assistant", "system", "developer"};
  if (std::ranges::find(roles, *role) == roles.end()) {
    return field_error(field + ".role", fmt::format("\"{}\" is not a role; use user, assistant, system or developer",
                                                    utf8_prefix(*role, 60)));
  }
  auto content = read_content(find_member(item, "content"), field + ".content");
  if (!content) return pass(content);
  if (*role == "assistant") {
    if (has_spoken() && !open_->contains("tool_calls")) close();
    say(std::move(*content));
    copy_others(*open_, item, {"type", "role", "content", "id", "status", "phase"});
    return {};
  }
  close();
  json::object message{{"role", std::move(*role)}, {"content", std::move(*content)}};
  copy_others(message, item, {"type", "role", "content", "id", "status"});
  messages_.push_back(std::move(message));
  return {};
}

void Conversation::say(json::value content) {
  auto& turn = assistant();
  auto* said = turn.if_contains("content");
  if (said == nullptr) {
    turn["content"] = std::move(content);
    return;
  }
  json::array parts = as_parts(std::move(*said));
  for (auto& part : as_parts(std::move(content))) parts.push_back(std::move(part));
  turn["content"] = std::move(parts);
}

Result<void> Conversation::add_call(const json::object& item, const std::string& field) {
  auto id = required_text(item, "call_id", field);
  if (!id) return pass(id);
  auto name = required_text(item, "name", field);
  if (!name) return pass(name);
  auto arguments = required_text(item, "arguments", field);
  if (!arguments) return pass(arguments);
  if (!call_ids_.insert(*id).second) {
    return field_error(field + ".call_id", fmt::format("there is already a call \"{}\"", utf8_prefix(*id, 80)));
  }
  json::object call{{"id", std::move(*id)},
                    {"type", "function"},
                    {"function", json::object{{"name", std::move(*name)}, {"arguments", std::move(*arguments)}}}};
  copy_others(call, item, {"type", "id", "call_id", "name", "arguments", "status"});
  auto& calls = assistant()["tool_calls"];
  if (!calls.is_array()) calls = json::array();
  calls.get_array().push_back(std::move(call));
  return {};
}

Result<void> Conversation::add_call_output(const json::object& item, const std::string& field) {
  auto id = required_text(item, "call_id", field);
  if (!id) return pass(id);
  if (!call_ids_.contains(*id)) {
    return field_error(field + ".call_id",
                       fmt::format("no function call \"{}\" stands before this output", utf8_prefix(*id, 80)));
  }
  auto output = read_content(find_member(item, "output"), field + ".output");
  if (!output) return pass(output);
  close();
  json::object message{{"role", "tool"}, {"tool_call_id", std::move(*id)}, {"content", std::move(*output)}};
  copy_others(message, item, {"type", "id", "call_id", "output", "status"});
  messages_.push_back(std::move(message));
  return {};
}

Result<void> Conversation::add_reasoning(const json::object& item, const std::string& field) {
  if (has_spoken() || (open_ && open_->contains("tool_calls"))) close();
  const auto* sealed = find_member(item, "encrypted_content");
  if (sealed != nullptr && !sealed->is_null() && !sealed->is_string()) {
    return field_error(field + ".encrypted_content", "encrypted_content must be a string");
  }
  const auto envelope = string_member(item, "encrypted_content");
  if (!envelope.empty() && !envelope.starts_with(reasoning_envelope)) {
    // Only who made it can read it: it travels as it is, and a provider of another dialect refuses it by name.
    say(json::array{json::object{{"type", "native"}, {"dialect", "openai.responses"}, {"value", item}}});
    return {};
  }
  if (!envelope.empty()) {
    auto bytes = from_base64(envelope.substr(reasoning_envelope.size()));
    auto blocks = bytes ? parse_json(*bytes) : fail(ErrorCode::InvalidInput, "no base64");
    if (!blocks || !blocks->is_array()) {
      return field_error(field + ".encrypted_content", "this is not an encrypted_content that was given out here");
    }
    auto& known = assistant()["thinking_blocks"];
    if (!known.is_array()) known = json::array();
    for (auto& block : blocks->get_array()) known.get_array().push_back(std::move(block));
  }
  auto text = joined_texts(find_member(item, "content"));
  if (text.empty()) text = joined_texts(find_member(item, "summary"));
  if (text.empty()) return {};
  auto& thought = assistant()["reasoning_content"];
  if (thought.is_string()) text = std::string(thought.get_string()) + "\n\n" + text;
  thought = text;
  return {};
}

/// Reasoning that only its maker can read stands in the content, but is no speech.
bool Conversation::has_spoken() const {
  const auto* content = open_ ? find_member(*open_, "content") : nullptr;
  if (content == nullptr || !content->is_array()) return content != nullptr;
  return !std::ranges::all_of(content->get_array(), [](const json::value& part) {
    return string_member(part.get_object(), "type") == "native";
  });
}

json::object& Conversation::assistant() {
  if (!open_) open_.emplace(json::object{{"role", "assistant"}});
  return *open_;
}

void Conversation::close() {
  if (open_ && (open_->contains("content") || open_->contains("tool_calls"))) messages_.push_back(std::move(*open_));
  open_.reset();
}

json::array Conversation::finish() {
  close();
  return std::move(messages_);
}

}  // namespace millwright::api::openai
