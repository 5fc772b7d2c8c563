#include "extensions/providers/anthropic_tools.hpp"

#include "base/text.hpp"
#include "extensions/providers/anthropic_part.hpp"

namespace millwright::extensions {
namespace {

Result<json::object> encode_function(const json::object& tool, const std::string& field) {
  const auto* value = find_member(tool, "function");
  if (value == nullptr || !value->is_object())
    return gateway::field_error(field + ".function", "function must be an object");
  const auto& function = value->get_object();
  json::object encoded{{"name", string_member(function, "name")}};
  if (const auto text = string_member(function, "description"); !text.empty()) encoded["description"] = text;
  json::object schema;
  if (const auto* parameters = find_member(function, "parameters"); parameters != nullptr && parameters->is_object()) {
    schema = parameters->get_object();
  }
  if (!schema.contains("type")) schema["type"] = "object";
  encoded["input_schema"] = std::move(schema);
  if (const auto* strict = find_member(function, "strict"); strict != nullptr && *strict == true)
    encoded["strict"] = true;
  for (const auto& member : tool) {
    const bool is_translated = member.key() == "type" || member.key() == "function";
    if (!is_translated && !member.value().is_null()) encoded.emplace(member.key(), member.value());
  }
  return encoded;
}

Result<json::object> encode_tool(const json::object& tool, const std::string& field) {
  const auto type = string_member(tool, "type");
  if (type == "function") return encode_function(tool, field);
  if (type == "native") return unwrap_anthropic_native(tool, field);
  if (type.empty() || find_member(tool, type) != nullptr) {
    // OpenAI's own shape {type: X, X: {...}} of a kind that is no function.
    return gateway::field_error(
        field + ".type", fmt::format("tools of type \"{}\" are not taken by this provider", utf8_prefix(type, 80)));
  }
  return tool;
}

Result<json::object> encode_choice(const json::value& choice) {
  if (choice.is_string()) {
    const std::string_view word = choice.get_string();
    if (word == "auto" || word == "none") return json::object{{"type", word}};
    if (word == "required") return json::object{{"type", "any"}};
    return gateway::field_error("tool_choice", fmt::format("\"{}\" is not a choice", utf8_prefix(word, 80)));
  }
  if (!choice.is_object()) return gateway::field_error("tool_choice", "tool_choice must be a word or an object");
  const auto& object = choice.get_object();
  const auto type = string_member(object, "type");
  if (type == "function") {
    const auto* function = find_member(object, "function");
    const auto name = function != nullptr && function->is_object() ? string_member(function->get_object(), "name")
                                                                   : std::string_view();
    if (name.empty()) return gateway::field_error("tool_choice.function.name", "the choice must name a function");
    return json::object{{"type", "tool"}, {"name", name}};
  }
  if (type == "native") return unwrap_anthropic_native(object, "tool_choice");
  if (type == "auto" || type == "any" || type == "tool" || type == "none") return object;
  return gateway::field_error(
      "tool_choice.type", fmt::format("a choice of type \"{}\" is not taken by this provider", utf8_prefix(type, 80)));
}

}  // namespace

Result<void> put_anthropic_tools(const json::object& body, json::object& request) {
  json::array tools;
  if (const auto* list = find_member(body, "tools"); list != nullptr && list->is_array()) {
    for (std::size_t i = 0; i < list->get_array().size(); ++i) {
      const auto& tool = list->get_array()[i];
      const auto field = fmt::format("tools[{}]", i);
      if (!tool.is_object()) return gateway::field_error(field, "a tool must be an object");
      auto encoded = encode_tool(tool.get_object(), field);
      if (!encoded) return pass(encoded);
      tools.push_back(std::move(*encoded));
    }
  }
  const bool has_tools = !tools.empty();
  if (has_tools) request["tools"] = std::move(tools);
  json::object choice;
  if (const auto* wanted = find_member(body, "tool_choice"); wanted != nullptr && !wanted->is_null()) {
    auto encoded = encode_choice(*wanted);
    if (!encoded) return pass(encoded);
    choice = std::move(*encoded);
  }
  // Without tools the API takes no choice among them, and "auto" and "none" mean nothing.
  const auto type = std::string(string_member(choice, "type"));
  if (!has_tools && (type.empty() || type == "auto" || type == "none")) return {};
  const auto* parallel = find_member(body, "parallel_tool_calls");
  if (parallel != nullptr && parallel->is_bool() && !parallel->get_bool() && type != "none") {
    if (type.empty()) choice["type"] = "auto";
    choice["disable_parallel_tool_use"] = true;
  }
  if (!choice.empty()) request["tool_choice"] = std::move(choice);
  return {};
}

}  // namespace millwright::extensions
