#include "extensions/providers/bedrock_tools.hpp"

#include "base/text.hpp"
#include "extensions/providers/bedrock_part.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {
namespace {

json::object tool_spec(std::string_view name, json::object schema) {
  if (!schema.contains("type")) schema["type"] = "object";
  return {{"name", name}, {"inputSchema", json::object{{"json", std::move(schema)}}}};
}

Result<json::object> encode_function(const json::object& tool, const std::string& field) {
  const auto* value = find_member(tool, "function");
  if (value == nullptr || !value->is_object())
    return gateway::field_error(field + ".function", "function must be an object");
  const auto& function = value->get_object();
  json::object schema;
  if (const auto* parameters = find_member(function, "parameters"); parameters != nullptr && parameters->is_object()) {
    schema = parameters->get_object();
  }
  auto spec = tool_spec(string_member(function, "name"), std::move(schema));
  if (const auto text = string_member(function, "description"); !trimmed(text).empty()) spec["description"] = text;
  if (const auto* strict = find_member(function, "strict"); strict != nullptr && *strict == true) spec["strict"] = true;
  return json::object{{"toolSpec", std::move(spec)}};
}

Result<json::object> encode_tool(const json::object& tool, const std::string& field) {
  const auto type = string_member(tool, "type");
  if (type == "function") return encode_function(tool, field);
  if (type == "native") return unwrap_bedrock_native(tool, field, BedrockParts({}));
  return gateway::field_error(
      field + ".type", fmt::format("tools of type \"{}\" are not taken by this provider", utf8_prefix(type, 80)));
}

Result<json::array> encode_tools(const json::object& body) {
  json::array tools;
  const auto* list = find_member(body, "tools");
  if (list == nullptr || !list->is_array()) return tools;
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    const auto& tool = list->get_array()[i];
    const auto field = fmt::format("tools[{}]", i);
    if (!tool.is_object()) return gateway::field_error(field, "a tool must be an object");
    auto encoded = encode_tool(tool.get_object(), field);
    if (!encoded) return pass(encoded);
    tools.push_back(std::move(*encoded));
    if (auto point = find_bedrock_cache_point(tool.get_object())) tools.push_back(std::move(*point));
  }
  return tools;
}

/// An empty object means that Converse has no word for it, which is none at all or "none".
Result<json::object> encode_choice(const json::object& body) {
  const auto* choice = find_member(body, "tool_choice");
  if (choice == nullptr || choice->is_null()) return json::object();
  if (choice->is_string()) {
    const std::string_view word = choice->get_string();
    if (word == "none") return json::object();
    if (word == "auto") return json::object{{"auto", json::object()}};
    if (word == "required") return json::object{{"any", json::object()}};
    return gateway::field_error("tool_choice", fmt::format("\"{}\" is not a choice", utf8_prefix(word, 80)));
  }
  if (!choice->is_object()) return gateway::field_error("tool_choice", "tool_choice must be a word or an object");
  const auto& object = choice->get_object();
  const auto type = string_member(object, "type");
  if (type == "native") return unwrap_bedrock_native(object, "tool_choice", BedrockParts({}));
  if (type != "function") {
    return gateway::field_error("tool_choice.type", fmt::format("a choice of type \"{}\" is not taken by this provider",
                                                                utf8_prefix(type, 80)));
  }
  const auto* function = find_member(object, "function");
  const auto name =
      function != nullptr && function->is_object() ? string_member(function->get_object(), "name") : std::string_view();
  if (name.empty()) return gateway::field_error("tool_choice.function.name", "the choice must name a function");
  return json::object{{"tool", json::object{{"name", name}}}};
}

bool forbids_calls(const json::object& body) {
  const auto* choice = find_member(body, "tool_choice");
  return choice != nullptr && choice->is_string() && choice->get_string() == "none";
}

}  // namespace

Result<void> put_bedrock_tools(const json::object& body, const json::array& called, json::object& request) {
  auto tools = encode_tools(body);
  if (!tools) return pass(tools);
  auto choice = encode_choice(body);
  if (!choice) return pass(choice);
  if (forbids_calls(body)) {
    if (called.empty()) return {};  // without tools nothing can be called
    if (!tools->empty()) {
      return gateway::field_error("tool_choice", "this provider cannot forbid calls in a conversation that holds some");
    }
  }
  if (tools->empty()) {
    for (const auto& name : called) {
      tools->push_back(json::object{{"toolSpec", tool_spec(std::string_view(name.get_string()), {})}});
    }
    if (tools->empty()) return {};
  }
  json::object config{{"tools", std::move(*tools)}};
  if (!choice->empty()) config["toolChoice"] = std::move(*choice);
  request["toolConfig"] = std::move(config);
  return {};
}

bool is_bedrock_tool_forced(const json::object& request) {
  const auto* config = find_member(request, "toolConfig");
  const auto* choice = config != nullptr ? find_member(config->get_object(), "toolChoice") : nullptr;
  return choice != nullptr && choice->is_object() && !choice->get_object().contains("auto");
}

}  // namespace millwright::extensions
