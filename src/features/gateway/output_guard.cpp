#include "features/gateway/output_guard.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

using policy::Action;
using policy::Direction;

constexpr std::array<std::string_view, 4> text_fields{"content", "refusal", "reasoning_content", "reasoning"};

void note(OutputVerdict& verdict, const policy::ScanResult& scanned) {
  verdict.action = std::max(verdict.action, scanned.verdict);
  for (const auto& finding : scanned.findings) ++verdict.findings[std::string(finding.type)];
}

void guard_text(json::value& value, const policy::Guard& guard, OutputVerdict& verdict) {
  if (!value.is_string()) return;
  const std::string_view text = value.get_string();
  const auto scanned = guard.scan(text, Direction::Output);
  note(verdict, scanned);
  if (scanned.verdict == Action::Redact) value = guard.redact(text, scanned);
}

void guard_tool_calls(json::array& calls, const policy::Guard& guard, OutputVerdict& verdict) {
  for (auto& call : calls) {
    auto* function = call.is_object() ? call.get_object().if_contains("function") : nullptr;
    if (function == nullptr || !function->is_object()) continue;
    if (auto* arguments = function->get_object().if_contains("arguments")) guard_text(*arguments, guard, verdict);
  }
}

}  // namespace

OutputVerdict guard_answer(json::object& body, const policy::Guard& guard) {
  OutputVerdict verdict;
  auto* choices = body.if_contains("choices");
  if (choices == nullptr || !choices->is_array()) return verdict;
  for (auto& choice : choices->get_array()) {
    auto* message = choice.is_object() ? choice.get_object().if_contains("message") : nullptr;
    if (message == nullptr || !message->is_object()) continue;
    for (const auto field : text_fields) {
      if (auto* text = message->get_object().if_contains(field)) guard_text(*text, guard, verdict);
    }
    auto* calls = message->get_object().if_contains("tool_calls");
    if (calls != nullptr && calls->is_array()) guard_tool_calls(calls->get_array(), guard, verdict);
  }
  return verdict;
}

std::optional<json::object> OutputStreamGuard::feed(json::object chunk) {
  if (is_blocked_) return std::nullopt;
  auto* choices = chunk.if_contains("choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) return chunk;
  bool says_something = false;
  for (auto& choice : choices->get_array()) {
    if (!choice.is_object()) continue;
    if (feed_choice(choice.get_object())) says_something = true;
    if (is_blocked_) return std::nullopt;
  }
  if (!says_something && !chunk.contains("usage")) return std::nullopt;
  return chunk;
}

bool OutputStreamGuard::feed_choice(json::object& choice) {
  std::int64_t index = 0;
  if (const auto* number = choice.if_contains("index"); number != nullptr && number->is_int64()) {
    index = number->get_int64();
  }
  auto& state = choices_[index];
  auto* delta_value = choice.if_contains("delta");
  json::object none;
  auto& delta = delta_value != nullptr && delta_value->is_object() ? delta_value->get_object() : none;
  const bool had_role = delta.contains("role");
  for (const auto field : text_fields) feed_text(state, delta, std::string(field));
  merge_tool_calls(state, delta);

  const auto* finish = choice.if_contains("finish_reason");
  const bool is_last = finish != nullptr && finish->is_string();
  if (is_last && !state.is_finished) {
    state.is_finished = true;
    flush(state, delta);
    if (delta_value == nullptr || !delta_value->is_object()) choice["delta"] = std::move(delta);
  }
  bool has_text = false;
  for (const auto field : text_fields) {
    const auto* text = find_member(choice.at("delta").is_object() ? choice.at("delta").get_object() : none, field);
    if (text != nullptr && text->is_string() && !text->get_string().empty()) has_text = true;
  }
  return is_last || had_role || has_text;
}

void OutputStreamGuard::feed_text(Choice& state, json::object& delta, const std::string& field) {
  auto* text = delta.if_contains(field);
  if (text == nullptr || !text->is_string() || text->get_string().empty()) return;
  auto& stream = state.texts[field];
  if (!stream) stream = std::make_unique<policy::StreamGuard>(guard_, Direction::Output);
  *text = stream->feed(std::string_view(text->get_string()));
  if (stream->verdict() == Action::Block) is_blocked_ = true;
}

void OutputStreamGuard::flush(Choice& state, json::object& delta) {
  for (auto& [field, stream] : state.texts) {
    const auto rest = stream->finish();
    if (stream->verdict() == Action::Block) is_blocked_ = true;
    if (rest.empty()) continue;
    auto* text = delta.if_contains(field);
    const std::string before = text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
    delta[field] = before + rest;
  }
  if (state.tool_calls.empty()) return;
  OutputVerdict verdict;
  guard_tool_calls(state.tool_calls, guard_, verdict);
  tool_action_ = std::max(tool_action_, verdict.action);
  for (const auto& [type, count] : verdict.findings) tool_findings_[type] += count;
  if (verdict.action == Action::Block) is_blocked_ = true;
  delta["tool_calls"] = std::move(state.tool_calls);
  state.tool_calls = {};
}

void OutputStreamGuard::merge_tool_calls(Choice& state, json::object& delta) {
  auto* calls = delta.if_contains("tool_calls");
  if (calls == nullptr || !calls->is_array()) return;
  for (auto& call : calls->get_array()) {
    if (!call.is_object()) continue;
    const auto* index = find_member(call.get_object(), "index");
    const auto place = std::ranges::find_if(state.tool_calls, [&](const json::value& known) {
      const auto* other = find_member(known.get_object(), "index");
      return index != nullptr && other != nullptr && *other == *index;
    });
    if (place == state.tool_calls.end()) {
      state.tool_calls.push_back(call);
      continue;
    }
    auto* piece = call.get_object().if_contains("function");
    auto* whole = place->get_object().if_contains("function");
    if (piece == nullptr || !piece->is_object()) continue;
    if (whole == nullptr || !whole->is_object()) {
      place->get_object()["function"] = *piece;
      continue;
    }
    const auto* arguments = find_member(piece->get_object(), "arguments");
    if (arguments == nullptr || !arguments->is_string()) continue;
    auto& target = whole->get_object()["arguments"];
    if (!target.is_string()) target = "";
    target.get_string().append(arguments->get_string());
  }
  delta.erase("tool_calls");
}

OutputVerdict OutputStreamGuard::verdict() const {
  OutputVerdict verdict{tool_action_, tool_findings_};
  for (const auto& [index, choice] : choices_) {
    for (const auto& [field, stream] : choice.texts) {
      verdict.action = std::max(verdict.action, stream->verdict());
      for (const auto& finding : stream->findings()) ++verdict.findings[std::string(finding.type)];
    }
  }
  return verdict;
}

}  // namespace millwright::gateway
