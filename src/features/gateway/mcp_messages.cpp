#include "features/gateway/mcp_messages.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/gateway/texts.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t name_bytes_max = 256;

std::unexpected<Error> no_message(std::string why) {
  auto error = fail(ErrorCode::InvalidInput, "the body is no JSON-RPC 2.0 message: {}", why);
  error.error().where.source = "request body";
  return error;
}

bool matches(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (auto at = star; at <= name.size(); ++at) {
    if (matches(pattern.substr(star + 1), name.substr(at))) return true;
  }
  return false;
}

bool is_listed(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [name](const std::string& each) { return matches(each, name); });
}

/// Of an answer to tools/list. True when something was taken out.
bool hide_tools(json::object& result, const McpServerConfig& server) {
  auto* tools = result.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return false;
  json::array shown;
  for (auto& tool : tools->get_array()) {
    if (tool.is_object() && may_use_tool(server, string_member(tool.get_object(), "name"))) shown.push_back(tool);
  }
  const bool is_changed = shown.size() != tools->get_array().size();
  *tools = std::move(shown);
  return is_changed;
}

}  // namespace

Result<McpMessage> read_mcp_message(const json::value& body) {
  if (body.is_array()) return no_message("lists of messages are not taken; send them one by one");
  if (!body.is_object()) return no_message("it is no object");
  const auto& object = body.get_object();
  if (string_member(object, "jsonrpc") != "2.0") return no_message("jsonrpc must be \"2.0\"");
  McpMessage message;
  if (const auto* id = find_member(object, "id"); id != nullptr) {
    if (!id->is_string() && !id->is_int64() && !id->is_uint64())
      return no_message("id must be a string or a whole number");
    message.id = *id;
  }
  const auto* method = find_member(object, "method");
  if (method == nullptr) {
    const bool is_answer = !message.id.is_null() && (object.contains("result") || object.contains("error"));
    message.id = nullptr;
    if (!is_answer) return no_message("method is missing");
    return message;
  }
  if (!method->is_string() || method->get_string().empty() || method->get_string().size() > name_bytes_max) {
    return no_message("method must be a short string");
  }
  message.method = method->get_string();
  if (!message.is_call()) return message;
  const auto* params = find_member(object, "params");
  const auto* name = params != nullptr && params->is_object() ? find_member(params->get_object(), "name") : nullptr;
  if (name == nullptr || !name->is_string() || name->get_string().empty() ||
      name->get_string().size() > name_bytes_max) {
    return no_message("params.name must name a tool");
  }
  message.tool = name->get_string();
  return message;
}

bool may_use_tool(const McpServerConfig& server, std::string_view tool) {
  if (is_listed(server.deny_tools, tool)) return false;
  return server.allow_tools.empty() || is_listed(server.allow_tools, tool);
}

json::object mcp_error(const json::value& id, int code, const Error& error, std::string_view trace) {
  json::object data{{"code", meaning(error.code).name}, {"trace", trace}};
  if (!error.rule.empty()) data["rule"] = error.rule;
  const auto message = error.fix.empty() ? error.message : error.message + ". " + error.fix;
  return {{"jsonrpc", "2.0"},
          {"id", id},
          {"error", json::object{{"code", code}, {"message", message}, {"data", std::move(data)}}}};
}

bool guard_mcp_answer(json::value& message, const McpServerConfig& server, const policy::Guard& guard,
                      std::string_view trace, OutputVerdict& verdict) {
  if (!message.is_object()) return false;
  auto& object = message.get_object();
  bool is_changed = false;
  if (auto* result = object.if_contains("result"); result != nullptr && result->is_object()) {
    is_changed = hide_tools(result->get_object(), server);
  }
  OutputVerdict found;
  for (const auto* name : {"result", "params", "error"}) {
    auto* value = object.if_contains(name);
    if (value == nullptr) continue;
    visit_texts(*value, [&](json::string& text) {
      const auto scanned = guard.scan(std::string_view(text), policy::Direction::Output);
      if (scanned.findings.empty()) return;
      found.note(scanned);
      if (scanned.verdict != policy::Action::Redact) return;
      text = guard.redact(std::string_view(text), scanned);
      is_changed = true;
    });
  }
  verdict.action = std::max(verdict.action, found.action);
  for (const auto& [type, count] : found.findings) verdict.findings[type] += count;
  if (found.action != policy::Action::Block) return is_changed;
  Error error;
  error.code = ErrorCode::PolicyRefused;
  error.rule = "guard.output";
  error.message = "what the server said holds what must not be passed on and was withheld";
  const auto* id = object.if_contains("id");
  const bool is_answer = id != nullptr && !object.contains("method");
  if (is_answer)
    message = mcp_error(*id, -32001, error, trace);
  else
    object["params"] = json::object();
  return true;
}

}  // namespace millwright::gateway
