#include "extensions/providers/chat_content.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace millwright::extensions {

using gateway::field_error;

const json::value* find_set(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

std::optional<DataUrl> find_data_url(std::string_view url) {
  constexpr std::string_view scheme = "data:";
  if (!equal_ignoring_case(url.substr(0, scheme.size()), scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto parameters = split(url.substr(0, comma), ';');
  if (parameters.size() < 2 || !equal_ignoring_case(parameters.back(), "base64")) return std::nullopt;
  return DataUrl{to_lower_ascii(parameters.front()), url.substr(comma + 1)};
}

std::string_view image_url_of(const json::object& part) {
  const auto* image = find_member(part, "image_url");
  if (image != nullptr && image->is_string()) return image->get_string();
  return image != nullptr && image->is_object() ? string_member(image->get_object(), "url") : std::string_view();
}

Result<std::string> text_of(const json::value* content, const std::string& field) {
  if (content == nullptr || content->is_null()) return std::string();
  if (content->is_string()) return std::string(content->get_string());
  if (!content->is_array()) return field_error(field, "content must be a string or a list of parts");
  std::string text;
  for (std::size_t i = 0; i < content->get_array().size(); ++i) {
    const auto& item = content->get_array()[i];
    auto place = fmt::format("{}[{}]", field, i);
    if (!item.is_object()) return field_error(std::move(place), "a part must be an object");
    const auto& part = item.get_object();
    const auto type = string_member(part, "type");
    if (type != "text" && type != "refusal") return refuse_part(part, place);
    if (!text.empty()) text += '\n';
    text += string_member(part, type);
  }
  return text;
}

std::unexpected<Error> refuse_part(const json::object& part, const std::string& field) {
  const auto type = string_member(part, "type");
  if (type == "native") {
    return field_error(field, fmt::format("a block of the dialect \"{}\" means nothing to this provider",
                                          utf8_prefix(string_member(part, "dialect"), 80)));
  }
  return field_error(field + ".type",
                     fmt::format("parts of type \"{}\" are not taken by this provider", utf8_prefix(type, 80)));
}

namespace {

Result<ToolCall> call_of(const json::object& function, std::string_view id, const std::string& field) {
  ToolCall call{std::string(id), std::string(string_member(function, "name")),
                std::string(string_member(function, "arguments"))};
  if (call.name.empty()) return field_error(field + ".name", "a call needs the name of its function");
  if (call.arguments.empty()) call.arguments = "{}";
  auto parsed = parse_json_object(call.arguments);
  if (!parsed) return field_error(field + ".arguments", "arguments must be a JSON object: " + parsed.error().message);
  return call;
}

}  // namespace

Result<std::vector<ToolCall>> calls_of(const json::object& message, const std::string& field) {
  std::vector<ToolCall> calls;
  if (const auto* legacy = find_set(message, "function_call"); legacy != nullptr && legacy->is_object()) {
    auto call = call_of(legacy->get_object(), {}, field + ".function_call");
    if (!call) return pass(call);
    calls.push_back(std::move(*call));
  }
  const auto* list = find_set(message, "tool_calls");
  if (list == nullptr) return calls;
  if (!list->is_array()) return field_error(field + ".tool_calls", "tool_calls must be a list");
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    const auto& item = list->get_array()[i];
    auto place = fmt::format("{}.tool_calls[{}]", field, i);
    const auto* function = item.is_object() ? find_member(item.get_object(), "function") : nullptr;
    if (function == nullptr || !function->is_object()) {
      return field_error(std::move(place), "only calls of functions can be sent to this provider");
    }
    auto call = call_of(function->get_object(), string_member(item.get_object(), "id"), place + ".function");
    if (!call) return pass(call);
    calls.push_back(std::move(*call));
  }
  return calls;
}

Result<std::string> tool_answer_of(const json::object& message, const std::string& field) {
  auto text = text_of(find_member(message, "content"), field + ".content");
  const auto* failed = find_member(message, "is_error");
  if (text && failed != nullptr && *failed == true) return json::serialize(json::object{{"error", *text}});
  return text;
}

bool is_hint(std::string_view name) {
  static constexpr auto hints = std::to_array<std::string_view>(
      {"user", "metadata", "service_tier", "store", "prediction", "verbosity", "prompt_cache_key",
       "prompt_cache_retention", "safety_identifier", "logit_bias", "stream_options", "modalities", "cache_control"});
  return std::ranges::find(hints, name) != hints.end();
}

Result<void> refuse_beyond_plain_chat(const json::object& body) {
  if (const auto* n = find_set(body, "n"); n != nullptr && *n != 1) {
    return field_error("n", "this provider gives one choice a request");
  }
  for (const char* name : {"functions", "function_call"}) {
    if (find_set(body, name) != nullptr) return field_error(name, "use tools and tool_choice instead");
  }
  if (find_set(body, "audio") != nullptr) return field_error("audio", "this provider answers in text alone");
  if (find_set(body, "web_search_options") != nullptr) {
    return field_error("web_search_options", "this provider does not search the web");
  }
  return {};
}

const json::value* output_limit_of(const json::object& body) {
  const auto* limit = find_set(body, "max_completion_tokens");
  return limit != nullptr ? limit : find_set(body, "max_tokens");
}

Result<const json::object*> schema_of(const json::object& body) {
  const auto* format = find_set(body, "response_format");
  if (format == nullptr) return nullptr;
  if (!format->is_object()) return field_error("response_format", "response_format must be an object");
  const auto type = string_member(format->get_object(), "type");
  if (type == "text" || type == "json_object") return nullptr;
  const auto* wrapped = find_member(format->get_object(), "json_schema");
  const auto* schema =
      wrapped != nullptr && wrapped->is_object() ? find_member(wrapped->get_object(), "schema") : nullptr;
  if (type != "json_schema" || schema == nullptr || !schema->is_object()) {
    return field_error("response_format", "use text, json_object, or json_schema with a schema");
  }
  return &schema->get_object();
}

}  // namespace millwright::extensions
