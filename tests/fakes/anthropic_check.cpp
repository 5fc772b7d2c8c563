// What the real Messages API refuses, in its own words where they matter.
#include <algorithm>
#include <array>
#include <set>

#include "tests/fakes/anthropic.hpp"

namespace millwright::test {
namespace {

constexpr std::array<std::string_view, 18> members{
    "model",    "messages",     "max_tokens",     "system",    "tools",         "tool_choice",
    "thinking", "metadata",     "stop_sequences", "stream",    "temperature",   "top_p",
    "top_k",    "service_tier", "output_config",  "container", "cache_control", "inference_geo"};

std::string_view type_of(const json::value& block) {
  return block.is_object() ? string_member(block.get_object(), "type") : std::string_view();
}

std::set<std::string> ids_in(const json::object& turn, std::string_view type, std::string_view name) {
  std::set<std::string> ids;
  const auto* content = find_member(turn, "content");
  if (content == nullptr || !content->is_array()) return ids;
  for (const auto& block : content->get_array()) {
    if (type_of(block) == type) ids.emplace(string_member(block.get_object(), name));
  }
  return ids;
}

std::string find_fault_in_content(const json::object& turn) {
  const auto* content = find_member(turn, "content");
  if (content == nullptr) return "messages: content: Field required";
  if (content->is_string()) return content->get_string().empty() ? "messages: text must be non-empty" : "";
  if (!content->is_array() || content->get_array().empty()) return "messages: content must be non-empty";
  bool is_behind_text = false;
  for (const auto& block : content->get_array()) {
    const auto type = type_of(block);
    if (type == "text" && string_member(block.get_object(), "text").empty())
      return "messages: text content blocks must be non-empty";
    if (type == "tool_use" && !block.get_object().at("input").is_object()) return "messages: input should be an object";
    if (type == "tool_result" && is_behind_text) return "messages: tool_result blocks must come first";
    if (type == "text") is_behind_text = true;
  }
  return {};
}

std::string find_fault_in_turns(const json::array& turns) {
  if (turns.empty()) return "messages: at least one message is required";
  std::string_view last;
  std::set<std::string> open;  // calls that want their results in this turn
  for (const auto& value : turns) {
    if (!value.is_object()) return "messages: Input should be a valid dictionary";
    const auto& turn = value.get_object();
    const auto role = string_member(turn, "role");
    if (role != "user" && role != "assistant") return "messages: role should be 'user' or 'assistant'";
    if (role == last) return "messages: roles must alternate";
    last = role;
    if (auto fault = find_fault_in_content(turn); !fault.empty()) return fault;
    if (ids_in(turn, "tool_result", "tool_use_id") != open) {
      return "messages: `tool_use` ids were found without `tool_result` blocks immediately after, or the reverse";
    }
    open = ids_in(turn, "tool_use", "id");
  }
  return {};
}

std::string find_fault_in_thinking(const json::object& body, std::int64_t limit) {
  const auto* thinking = find_member(body, "thinking");
  if (thinking == nullptr) return {};
  if (string_member(thinking->as_object(), "type") == "enabled") {
    const auto budget = thinking->as_object().at("budget_tokens").to_number<std::int64_t>();
    if (budget < 1024 || budget >= limit) return "thinking.budget_tokens: must be >= 1024 and < max_tokens";
  }
  const auto* choice = find_member(body, "tool_choice");
  const auto type = choice != nullptr ? type_of(*choice) : std::string_view();
  if (type == "any" || type == "tool") return "Thinking may not be enabled when tool_choice forces tool use.";
  if (find_member(body, "top_k") != nullptr) return "`top_k` must be unset when thinking is enabled.";
  return {};
}

}  // namespace

std::string find_anthropic_fault(const io::http::Headers& headers, const json::object& body) {
  if (headers.find("anthropic-version").empty()) return "anthropic-version: header is required";
  for (const auto& member : body) {
    const std::string_view name = member.key();
    if (std::ranges::find(members, name) == members.end()) {
      return std::string(name) + ": Extra inputs are not permitted";
    }
    if (member.value().is_null()) return std::string(name) + ": Input should not be null";
  }
  const auto* limit = find_member(body, "max_tokens");
  if (limit == nullptr || !limit->is_int64()) return "max_tokens: Field required";
  const auto* turns = find_member(body, "messages");
  if (turns == nullptr || !turns->is_array()) return "messages: Field required";
  if (auto fault = find_fault_in_turns(turns->get_array()); !fault.empty()) return fault;
  if (find_member(body, "tool_choice") != nullptr && find_member(body, "tools") == nullptr) {
    return "tool_choice: may only be specified while providing tools";
  }
  return find_fault_in_thinking(body, limit->get_int64());
}

}  // namespace millwright::test
