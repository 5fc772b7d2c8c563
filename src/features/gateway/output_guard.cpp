#include "features/gateway/output_guard.hpp"

#include <algorithm>

#include "features/gateway/compose.hpp"

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

/// Thinking blocks say again what reasoning_content says, which `is_counted` tells to have been scanned already.
void guard_thinking(json::array& blocks, const policy::Guard& guard, bool is_counted, OutputVerdict& verdict) {
  for (auto& block : blocks) {
    auto* text = block.is_object() ? block.get_object().if_contains("thinking") : nullptr;
    if (text == nullptr || !text->is_string()) continue;
    OutputVerdict found;
    guard_text(*text, guard, found);
    if (found.action == Action::Redact) block.get_object()["signature"] = "";
    verdict.action = std::max(verdict.action, found.action);
    if (is_counted) continue;
    for (const auto& [type, count] : found.findings) verdict.findings[type] += count;
  }
}

void guard_natives(json::array& blocks, const policy::Guard& guard, OutputVerdict& verdict) {
  for (auto& block : blocks) {
    auto* value = block.is_object() ? block.get_object().if_contains("value") : nullptr;
    if (value == nullptr) continue;
    visit_native_texts(*value, [&](json::string& text) {
      const auto scanned = guard.scan(std::string_view(text), Direction::Output);
      note(verdict, scanned);
      if (scanned.verdict == Action::Redact) text = guard.redact(std::string_view(text), scanned);
    });
  }
}

/// `message` is a whole message or the delta of one; its blocks are whole in both.
void guard_blocks(json::object& message, const policy::Guard& guard, bool has_reasoning, OutputVerdict& verdict) {
  auto* thinking = message.if_contains("thinking_blocks");
  if (thinking != nullptr && thinking->is_array()) guard_thinking(thinking->get_array(), guard, has_reasoning, verdict);
  auto* natives = message.if_contains("native_blocks");
  if (natives != nullptr && natives->is_array()) guard_natives(natives->get_array(), guard, verdict);
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
    const bool has_reasoning = message->get_object().contains("reasoning_content");
    guard_blocks(message->get_object(), guard, has_reasoning, verdict);
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
  feed_blocks(state, delta);
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
    const auto* text = find_member(delta, field);
    if (text != nullptr && text->is_string() && !text->get_string().empty()) has_text = true;
  }
  const bool has_blocks =
      delta.contains("thinking_blocks") || delta.contains("native_blocks") || delta.contains("annotations");
  return is_last || had_role || has_text || has_blocks;
}

void OutputStreamGuard::feed_text(Choice& state, json::object& delta, const std::string& field) {
  auto* text = delta.if_contains(field);
  if (text == nullptr || !text->is_string() || text->get_string().empty()) return;
  auto& stream = state.texts[field];
  if (!stream) stream = std::make_unique<policy::StreamGuard>(guard_, Direction::Output);
  *text = stream->feed(std::string_view(text->get_string()));
  if (stream->verdict() == Action::Block) is_blocked_ = true;
}

/// A thinking block is whole, and so is the reasoning that it repeats: nothing of that is held back any longer.
void OutputStreamGuard::feed_blocks(Choice& state, json::object& delta) {
  const bool has_reasoning = state.texts.contains("reasoning_content");
  if (delta.contains("thinking_blocks")) end_text(state, delta, "reasoning_content");
  guard_blocks(delta, guard_, has_reasoning, whole_);
  if (whole_.action == Action::Block) is_blocked_ = true;
}

void OutputStreamGuard::end_text(Choice& state, json::object& delta, const std::string& field) {
  const auto place = state.texts.find(field);
  if (place == state.texts.end()) return;
  auto& stream = *place->second;
  const auto rest = stream.finish();
  if (stream.verdict() == Action::Block) is_blocked_ = true;
  if (!rest.empty()) {
    auto* text = delta.if_contains(field);
    const std::string before = text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
    delta[field] = before + rest;
  }
  whole_.action = std::max(whole_.action, stream.verdict());
  for (const auto& finding : stream.findings()) ++whole_.findings[std::string(finding.type)];
  state.texts.erase(place);
}

void OutputStreamGuard::flush(Choice& state, json::object& delta) {
  while (!state.texts.empty()) end_text(state, delta, std::string(state.texts.begin()->first));
  if (state.tool_calls.empty()) return;
  OutputVerdict verdict;
  guard_tool_calls(state.tool_calls, guard_, verdict);
  whole_.action = std::max(whole_.action, verdict.action);
  for (const auto& [type, count] : verdict.findings) whole_.findings[type] += count;
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
  auto verdict = whole_;
  for (const auto& [index, choice] : choices_) {
    for (const auto& [field, stream] : choice.texts) {
      verdict.action = std::max(verdict.action, stream->verdict());
      for (const auto& finding : stream->findings()) ++verdict.findings[std::string(finding.type)];
    }
  }
  return verdict;
}

}  // namespace millwright::gateway
