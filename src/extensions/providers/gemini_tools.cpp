#include "extensions/providers/gemini_tools.hpp"

#include "extensions/providers/gemini_part.hpp"
#include "extensions/providers/gemini_schema.hpp"

namespace millwright::extensions {
namespace {

Result<json::object> declaration_of(const json::object& function, const std::string& field) {
  json::object declaration;
  const auto name = string_member(function, "name");
  if (name.empty()) return gateway::field_error(field + ".name", "a function needs a name");
  declaration["name"] = name;
  if (const auto text = string_member(function, "description"); !text.empty()) declaration["description"] = text;
  const auto* parameters = find_member(function, "parameters");
  if (parameters == nullptr || parameters->is_null()) return declaration;
  if (!parameters->is_object()) return gateway::field_error(field + ".parameters", "parameters must be a JSON Schema object");
  auto cleaned = clean_gemini_schema(parameters->get_object());
  if (!cleaned.is_exact) {
    declaration["parametersJsonSchema"] = *parameters;
    return declaration;
  }
  // A function without parameters has none: an object schema without properties is refused.
  const auto* properties = find_member(cleaned.schema, "properties");
  if (properties != nullptr && !properties->get_object().empty()) declaration["parameters"] = std::move(cleaned.schema);
  return declaration;
}

/// A tool of Gemini's own, as its API writes it: {"googleSearch": {}}.
const json::object* native_tool(const json::object& tool) {
  const auto* type = find_member(tool, "type");
  if (type == nullptr) return &tool;
  const auto* value = find_member(tool, "value");
  const bool is_native = *type == "native" && string_member(tool, "dialect") == "gemini";
  return is_native && value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

Result<void> add_tools(const json::object& body, json::object& request) {
  json::array declarations, tools;
  for (const std::string_view list : {"tools", "functions"}) {
    const auto* given = find_member(body, list);
    if (given == nullptr || given->is_null()) continue;
    if (!given->is_array()) return gateway::field_error(std::string(list), fmt::format("{} must be a list", list));
    for (std::size_t i = 0; i < given->get_array().size(); ++i) {
      auto field = fmt::format("{}[{}]", list, i);
      const auto& item = given->get_array()[i];
      if (!item.is_object()) return gateway::field_error(std::move(field), "a tool must be an object");
      const auto* function = list == "functions" ? &item : find_member(item.get_object(), "function");
      if (function != nullptr && function->is_object()) {
        auto declaration = declaration_of(function->get_object(), list == "functions" ? field : field + ".function");
        if (!declaration) return pass(declaration);
        declarations.push_back(std::move(*declaration));
        continue;
      }
      const auto* native = native_tool(item.get_object());
      if (native == nullptr) {
        return gateway::field_error(std::move(field), fmt::format("a tool of type \"{}\" cannot be sent to this provider",
                                                          string_member(item.get_object(), "type")));
      }
      tools.push_back(*native);
    }
  }
  if (!declarations.empty()) {
    tools.insert(tools.begin(), json::object{{"functionDeclarations", std::move(declarations)}});
  }
  if (!tools.empty()) request["tools"] = std::move(tools);
  return {};
}

json::object calling(std::string_view mode, json::array names = {}) {
  json::object config{{"mode", mode}};
  if (!names.empty()) config["allowedFunctionNames"] = std::move(names);
  return {{"functionCallingConfig", std::move(config)}};
}

/// {"type": "allowed_tools", "allowed_tools": {"mode", "tools"}}: also taken without the inner object.
json::object calling_allowed(const json::object& choice) {
  const auto* inner = find_member(choice, "allowed_tools");
  const auto& allowed = inner != nullptr && inner->is_object() ? inner->get_object() : choice;
  json::array names;
  if (const auto* tools = find_member(allowed, "tools"); tools != nullptr && tools->is_array()) {
    for (const auto& tool : tools->get_array()) {
      if (!tool.is_object()) continue;
      const auto* function = find_member(tool.get_object(), "function");
      const auto& named = function != nullptr && function->is_object() ? function->get_object() : tool.get_object();
      if (const auto name = string_member(named, "name"); !name.empty()) names.push_back(json::string(name));
    }
  }
  // VALIDATED lets the model answer in words or call one of those named; AUTO takes no names.
  return calling(string_member(allowed, "mode") == "required" ? "ANY" : "VALIDATED", std::move(names));
}

Result<void> add_choice(const json::object& body, json::object& request) {
  const auto* choice = find_member(body, "tool_choice");
  if (choice == nullptr) choice = find_member(body, "function_call");
  if (choice == nullptr || choice->is_null()) return {};
  if (choice->is_string()) {
    const std::string_view word = choice->get_string();
    if (word == "none")
      request["toolConfig"] = calling("NONE");
    else if (word == "auto")
      request["toolConfig"] = calling("AUTO");
    else if (word == "required" || word == "any")
      request["toolConfig"] = calling("ANY");
    else
      return gateway::field_error("tool_choice", fmt::format("\"{}\" is not a tool choice; use none, auto or required", word));
    return {};
  }
  if (!choice->is_object()) return gateway::field_error("tool_choice", "tool_choice must be a word or an object");
  const auto& object = choice->get_object();
  if (string_member(object, "type") == "allowed_tools") {
    request["toolConfig"] = calling_allowed(object);
    return {};
  }
  const auto* function = find_member(object, "function");
  const auto& named = function != nullptr && function->is_object() ? function->get_object() : object;
  const auto name = string_member(named, "name");
  if (name.empty()) return gateway::field_error("tool_choice", "tool_choice must name a function");
  request["toolConfig"] = calling("ANY", {json::string(name)});
  return {};
}

}  // namespace

Result<void> add_gemini_tools(const json::object& body, json::object& request) {
  auto tools = add_tools(body, request);
  if (!tools) return tools;
  return add_choice(body, request);
}

}  // namespace millwright::extensions
