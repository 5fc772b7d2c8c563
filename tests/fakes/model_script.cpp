#include "tests/fakes/model_script.hpp"

#include <algorithm>
#include <array>

#include "tests/fakes/directives.hpp"

namespace millwright::test {
namespace {

/// Deterministic words of four bytes, one a token.
std::string words(std::int64_t count) {
  static constexpr std::array<std::string_view, 8> list{"the ", "new ", "key ", "for ", "you ", "and ", "all ", "men "};
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += list[static_cast<std::size_t>(i) % list.size()];
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace

std::string last_turn_text(const json::object& body) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return {};
  const auto& list = messages->get_array();
  for (std::size_t i = list.size(); i-- > 0;) {
    const auto& turn = list[i].as_object();
    if (string_member(turn, "role") != "user") continue;
    const auto& content = turn.at("content");
    if (content.is_string()) return std::string(content.get_string());
    std::string text;
    for (const auto& block : content.as_array()) text += string_member(block.as_object(), "text");
    return text;
  }
  return {};
}

ModelScript read_model_script(const json::object& body, const std::string& text,
                              std::optional<std::int64_t> tokens_max) {
  ModelScript script;
  script.tokens = number_directive(text, "tokens", 12);
  if (tokens_max) script.tokens = std::min(script.tokens, *tokens_max);
  script.interval = number_directive(text, "interval", 0);
  script.cut = number_directive(text, "cut", -1);
  script.error_after = number_directive(text, "error-after", -1);
  script.no_usage = has_directive(text, "no-usage");
  script.has_tool = has_directive(text, "tool");
  if (script.has_tool) script.stop = "tool_use";
  for (const auto& [name, target] :
       {std::pair{"think", &script.think}, std::pair{"stop", &script.stop}, std::pair{"say", &script.say}}) {
    if (std::string value; find_directive(text, name, value)) *target = value;
  }
  if (script.say.empty()) script.say = words(script.tokens);
  script.prompt = static_cast<std::int64_t>(json::serialize(body.at("messages")).size() / 4) + 3;
  script.cached = std::min(number_directive(text, "cached", 0), script.prompt);
  script.written = std::min(number_directive(text, "written", 0), script.prompt - script.cached);
  script.written_1h = std::min(number_directive(text, "written-1h", 0), script.prompt - script.cached - script.written);
  return script;
}

std::optional<ScriptedFailure> ScriptedFailures::next(const std::string& text) {
  using Kind = ScriptedFailure::Kind;
  const auto status = number_directive(text, "status", 0);
  const auto fail_times = number_directive(text, "fail-times", 0);
  bool is_failed = status >= 400;
  if (fail_times > 0) {
    const std::scoped_lock lock(mutex_);
    is_failed = times_[text]++ < fail_times;
  }
  if (is_failed)
    return ScriptedFailure{Kind::Status, status == 0 ? 500 : status, number_directive(text, "retry-after", -1)};
  if (has_directive(text, "cut-head")) return ScriptedFailure{Kind::CutHead};
  if (has_directive(text, "garbage")) return ScriptedFailure{Kind::Garbage};
  if (has_directive(text, "error-in-200")) return ScriptedFailure{Kind::ErrorIn200};
  return std::nullopt;
}

}  // namespace millwright::test
