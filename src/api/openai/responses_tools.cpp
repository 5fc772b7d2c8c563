#include "api/openai/responses_tools.hpp"

#include <algorithm>
#include <array>

#include "api/openai/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t tools_max = 1'024;

/// {type, name, …rest} → {type, function: {name, …}}: the members in `inner` move inside, the rest stays where it is.
json::object nested(const json::object& flat, std::string_view under, std::initializer_list<std::string_view> inner) {
  json::object inside, made{{"type", string_member(flat, "type")}};
  for (const auto& member : flat) {
    if (member.key() == "type") continue;
    const bool is_inner = std::ranges::find(inner, std::string_view(member.key())) != inner.end();
    // null stands for "not given" in the SDKs' types; strict servers refuse it.
    if (is_inner && member.value().is_null()) continue;
    (is_inner ? inside : made)[member.key()] = member.value();
  }
  made[under] = std::move(inside);
  return made;
}

Result<json::object> read_tool(const json::value& value, const std::string& field) {
  if (!value.is_object()) return field_error(field, "a tool must be an object");
  const auto& tool = value.get_object();
  const auto type = string_member(tool, "type");
  if (type != "function") {
    auto error = field_error(
        field + ".type", fmt::format("the tool \"{}\" runs at the provider and cannot travel", utf8_prefix(type, 60)));
    error.error().fix = "Only tools of type function do.";
    return error;
  }
  if (string_member(tool, "name").empty()) return field_error(field + ".name", "a function needs a name");
  return nested(tool, "function", {"name", "description", "parameters", "strict"});
}

/// With every member that a function has in a response.
json::array shown_tools(const json::array& tools) {
  json::array shown = tools;
  for (auto& tool : shown) {
    for (const char* name : {"description", "parameters", "strict"}) tool.get_object().emplace(name, nullptr);
  }
  return shown;
}

Result<json::value> read_choice(const json::value& choice) {
  if (choice.is_string()) {
    constexpr std::array<std::string_view, 3> modes{"auto", "none", "required"};
    if (std::ranges::find(modes, std::string_view(choice.get_string())) == modes.end()) {
      return field_error("tool_choice", "tool_choice must be auto, none, required or an object");
    }
    return choice;
  }
  if (!choice.is_object()) return field_error("tool_choice", "tool_choice must be a string or an object");
  const auto& object = choice.get_object();
  const auto type = string_member(object, "type");
  if (type == "function") return nested(object, "function", {"name"});
  if (type != "allowed_tools") {
    return field_error("tool_choice.type",
                       fmt::format("\"{}\" runs at the provider and cannot be chosen", utf8_prefix(type, 60)));
  }
  auto made = nested(object, "allowed_tools", {"mode", "tools"});
  auto& tools = made["allowed_tools"].get_object()["tools"];
  if (!tools.is_array()) return field_error("tool_choice.tools", "tools must be a list");
  for (std::size_t i = 0; i < tools.get_array().size(); ++i) {
    auto& tool = tools.get_array()[i];
    if (!tool.is_object() || string_member(tool.get_object(), "type") != "function") {
      return field_error(fmt::format("tool_choice.tools[{}].type", i), "only tools of type function can be allowed");
    }
    tool = nested(tool.get_object(), "function", {"name"});
  }
  return made;
}

}  // namespace

Result<void> read_tools(const json::object& body, json::object& chat, json::object& shown) {
  shown["tools"] = json::array();
  shown["tool_choice"] = "auto";
  if (const auto* tools = find_member(body, "tools"); tools != nullptr && !tools->is_null()) {
    if (!tools->is_array()) return field_error("tools", "tools must be a list");
    const auto& list = tools->get_array();
    if (list.size() > tools_max) return field_error("tools", fmt::format("at most {} tools are taken", tools_max));
    json::array made;
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto tool = read_tool(list[i], fmt::format("tools[{}]", i));
      if (!tool) return pass(tool);
      made.push_back(std::move(*tool));
    }
    if (!made.empty()) chat["tools"] = std::move(made);
    shown["tools"] = shown_tools(list);
  }
  if (const auto* choice = find_member(body, "tool_choice"); choice != nullptr && !choice->is_null()) {
    auto made = read_choice(*choice);
    if (!made) return pass(made);
    chat["tool_choice"] = std::move(*made);
    shown["tool_choice"] = *choice;
  }
  return {};
}

Result<void> read_text_format(const json::object& body, json::object& chat, json::object& shown) {
  shown["text"] = json::object{{"format", json::object{{"type", "text"}}}};
  const auto* text = find_member(body, "text");
  if (text == nullptr || text->is_null()) return {};
  if (!text->is_object()) return field_error("text", "text must be an object");
  const auto& object = text->get_object();
  for (const auto& member : object) {
    if (!member.value().is_null()) shown["text"].get_object()[member.key()] = member.value();
  }
  if (auto& shown_format = shown["text"].get_object()["format"]; shown_format.is_object()) {
    auto& members = shown_format.get_object();
    if (string_member(members, "type") == "json_schema") {
      members.emplace("description", nullptr);
      members.emplace("strict", false);
    }
  }
  if (const auto* verbosity = find_member(object, "verbosity"); verbosity != nullptr && !verbosity->is_null()) {
    if (!verbosity->is_string()) return field_error("text.verbosity", "verbosity must be a string");
    chat["verbosity"] = *verbosity;
  }
  const auto* format = find_member(object, "format");
  if (format == nullptr || format->is_null()) return {};
  if (!format->is_object()) return field_error("text.format", "format must be an object");
  const auto& given = format->get_object();
  const auto type = string_member(given, "type");
  if (type == "text") return {};
  if (type == "json_object") {
    chat["response_format"] = given;
    return {};
  }
  if (type != "json_schema") {
    return field_error("text.format.type",
                       fmt::format("\"{}\" is not text, json_object or json_schema", utf8_prefix(type, 60)));
  }
  if (string_member(given, "name").empty()) return field_error("text.format.name", "a schema needs a name");
  const auto* schema = find_member(given, "schema");
  if (schema == nullptr || !schema->is_object()) return field_error("text.format.schema", "schema must be an object");
  chat["response_format"] = nested(given, "json_schema", {"name", "description", "schema", "strict"});
  return {};
}

}  // namespace millwright::api::openai
