#include "extensions/providers/anthropic_reasoning.hpp"

#include <algorithm>

namespace millwright::extensions {
namespace {

constexpr std::int64_t budget_min = 1'024;  // the API's own

struct Level {
  std::string_view name, effort;
  std::int64_t budget;
};
constexpr std::array<Level, 6> levels{{{"minimal", "low", 1'024},
                                       {"low", "low", 2'048},
                                       {"medium", "medium", 8'192},
                                       {"high", "high", 16'384},
                                       {"xhigh", "xhigh", 32'768},
                                       {"max", "max", 65'536}}};

bool is_tool_forced(const json::object& request) {
  const auto* choice = find_member(request, "tool_choice");
  if (choice == nullptr || !choice->is_object()) return false;
  const auto type = string_member(choice->get_object(), "type");
  return type == "any" || type == "tool";
}

std::string_view type_of(const json::value& block) {
  return block.is_object() ? string_member(block.get_object(), "type") : std::string_view();
}

/// The last turn answers calls of tools that were made without thinking: the API refuses to begin thinking there.
bool is_amid_calls_without_thinking(const json::object& request) {
  const auto& turns = request.at("messages").get_array();
  for (std::size_t i = turns.size(); i-- > 0;) {
    const auto& turn = turns[i].get_object();
    const auto* content = find_member(turn, "content");
    if (content == nullptr || !content->is_array()) return false;
    const auto& blocks = content->get_array();
    if (string_member(turn, "role") == "assistant") {
      const bool has_calls =
          std::ranges::any_of(blocks, [](const auto& block) { return type_of(block) == "tool_use"; });
      const bool has_thinking =
          !blocks.empty() && (type_of(blocks.front()) == "thinking" || type_of(blocks.front()) == "redacted_thinking");
      return has_calls && !has_thinking;
    }
    const bool has_answers =
        std::ranges::any_of(blocks, [](const auto& block) { return type_of(block) == "tool_result"; });
    if (!has_answers) return false;
  }
  return false;
}

std::int64_t limit_of(const json::object& request) {
  const auto* limit = find_member(request, "max_tokens");
  if (limit == nullptr) return 0;
  if (limit->is_int64()) return limit->get_int64();
  return limit->is_uint64() ? INT64_MAX : 0;
}

}  // namespace

json::object plan_anthropic_thinking(std::string_view effort, std::int64_t limit, AnthropicReasoning reasoning) {
  const auto* level = std::ranges::find(levels, effort, &Level::name);
  if (level == levels.end()) return {};
  if (reasoning == AnthropicReasoning::Adaptive) {
    return {{"thinking", json::object{{"type", "adaptive"}}}, {"output_config", json::object{{"effort", level->effort}}}};
  }
  // A quarter of the limit stays for the answer itself.
  const auto budget = std::min(level->budget, limit - limit / 4);
  if (budget < budget_min) return {};
  return {{"thinking", json::object{{"type", "enabled"}, {"budget_tokens", budget}}}};
}

void put_anthropic_reasoning(const json::object& body, AnthropicReasoning reasoning, json::object& request) {
  if (const auto* thinking = find_member(body, "thinking"); thinking != nullptr && !thinking->is_null()) {
    request["thinking"] = *thinking;
    return;
  }
  if (is_tool_forced(request) || is_amid_calls_without_thinking(request)) return;
  const auto planned = plan_anthropic_thinking(string_member(body, "reasoning_effort"), limit_of(request), reasoning);
  if (planned.empty()) return;
  request["thinking"] = planned.at("thinking");
  if (const auto* config = find_member(planned, "output_config"); config != nullptr) {
    auto& target = request["output_config"];
    if (!target.is_object()) target = json::object();
    target.get_object().emplace("effort", config->get_object().at("effort"));
  }
  for (const char* name : {"temperature", "top_p", "top_k"}) request.erase(name);
}

}  // namespace millwright::extensions
