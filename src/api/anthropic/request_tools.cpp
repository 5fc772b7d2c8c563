#include "api/anthropic/request_tools.hpp"

#include "api/anthropic/members.hpp"
#include "api/anthropic/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::anthropic {
namespace {

Result<json::object> decode_tool(const json::object& tool, const std::string& field) {
  const auto* type = find_member(tool, "type");
  if (is_set(type) && !type->is_string()) return field_error(field + ".type", "must be a string");
  if (is_set(type) && type->get_string() != "custom") {
    return json::object{{"type", "native"}, {"dialect", "anthropic"}, {"value", tool}};
  }
  const auto name = string_member(tool, "name");
  if (name.empty()) return field_error(field + ".name", "Field required: the name of the tool");
  const auto* schema = find_member(tool, "input_schema");
  if (schema == nullptr || !schema->is_object()) {
    return field_error(field + ".input_schema", "Field required: a JSON schema, as an object");
  }
  json::object function{{"name", name}};
  if (const auto* text = find_member(tool, "description"); is_set(text)) {
    if (!text->is_string()) return field_error(field + ".description", "must be a string");
    function["description"] = *text;
  }
  function["parameters"] = *schema;
  if (const auto* strict = find_member(tool, "strict"); is_set(strict)) function["strict"] = *strict;
  json::object decoded{{"type", "function"}, {"function", std::move(function)}};
  copy_rest(tool, {"type", "name", "description", "input_schema", "strict"}, decoded);
  return decoded;
}

Result<void> put_choice(const json::object& choice, json::object& chat) {
  const auto type = string_member(choice, "type");
  if (type == "auto" || type == "none") {
    chat["tool_choice"] = type;
  } else if (type == "any") {
    chat["tool_choice"] = "required";
  } else if (type == "tool") {
    const auto name = string_member(choice, "name");
    if (name.empty()) return field_error("tool_choice.name", "Field required: the name of the tool");
    chat["tool_choice"] = json::object{{"type", "function"}, {"function", json::object{{"name", name}}}};
  } else {
    return field_error("tool_choice.type",
                       fmt::format("\"{}\" is not a choice; use auto, any, tool or none", utf8_prefix(type, 80)));
  }
  const auto* alone = find_member(choice, "disable_parallel_tool_use");
  if (!is_set(alone)) return {};
  if (!alone->is_bool()) return field_error("tool_choice.disable_parallel_tool_use", "must be true or false");
  if (alone->get_bool()) chat["parallel_tool_calls"] = false;
  return {};
}

}  // namespace

Result<void> put_tools(const json::object& request, json::object& chat) {
  if (const auto* tools = find_member(request, "tools"); is_set(tools)) {
    if (!tools->is_array()) return field_error("tools", "must be a list");
    json::array decoded;
    for (std::size_t i = 0; i < tools->get_array().size(); ++i) {
      const auto field = fmt::format("tools.{}", i);
      const auto& tool = tools->get_array()[i];
      if (!tool.is_object()) return field_error(field, "must be an object");
      auto one = decode_tool(tool.get_object(), field);
      if (!one) return pass(one);
      decoded.push_back(std::move(*one));
    }
    if (!decoded.empty()) chat["tools"] = std::move(decoded);
  }
  const auto* choice = find_member(request, "tool_choice");
  if (!is_set(choice)) return {};
  if (!choice->is_object()) return field_error("tool_choice", "must be an object with a type");
  return put_choice(choice->get_object(), chat);
}

}  // namespace millwright::api::anthropic
