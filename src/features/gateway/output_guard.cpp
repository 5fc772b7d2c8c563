#include "features/gateway/output_guard.hpp"

#include <algorithm>
#include <array>

#include "features/gateway/texts.hpp"

namespace millwright::gateway {
namespace {

using policy::Action;
using policy::Direction;

/// Fields of a delta whose text comes in pieces.
constexpr std::array<std::string_view, 4> text_fields{"content", "refusal", "reasoning_content", "reasoning"};

void guard_below(json::value& value, const policy::Guard& guard, OutputVerdict& verdict) {
  visit_texts(value, [&](json::string& text) {
    const auto scanned = guard.scan(std::string_view(text), Direction::Output);
    if (scanned.findings.empty()) return;
    verdict.note(scanned);
    if (scanned.verdict == Action::Redact) text = guard.redact(std::string_view(text), scanned);
  });
}

/// What a server adds to a choice beside the answer itself, such as the verdicts of its own filter.
bool is_extra(std::string_view name) {
  constexpr std::array<std::string_view, 5> usual{"index", "message", "delta", "logprobs", "finish_reason"};
  return std::ranges::find(usual, name) == usual.end();
}

void guard_extras(json::object& choice, const policy::Guard& guard, OutputVerdict& verdict) {
  for (auto& member : choice) {
    if (is_extra(member.key())) guard_below(member.value(), guard, verdict);
  }
}

/// A block whose text had to be changed goes: its signature covers the text, and a provider refuses it when it comes back.
void guard_thinking(json::object& message, const policy::Guard& guard, OutputVerdict& verdict) {
  auto* blocks = message.if_contains("thinking_blocks");
  if (blocks == nullptr || !blocks->is_array()) return;
  auto& list = blocks->get_array();
  for (auto block = list.begin(); block != list.end();) {
    OutputVerdict found;
    guard_below(*block, guard, found);
    verdict.action = std::max(verdict.action, found.action);
    for (const auto& [type, count] : found.findings) verdict.findings[type] += count;
    if (found.action == Action::Redact) block = list.erase(block);
    else ++block;
  }
}

}  // namespace

void OutputVerdict::note(const policy::ScanResult& scanned) {
  action = std::max(action, scanned.verdict);
  for (const auto& finding : scanned.findings) ++findings[std::string(finding.type)];
}

OutputVerdict guard_answer(json::object& body, const policy::Guard& guard) {
  OutputVerdict verdict;
  auto* choices = body.if_contains("choices");
  if (choices == nullptr || !choices->is_array()) return verdict;
  for (auto& choice : choices->get_array()) {
    auto* message = choice.is_object() ? choice.get_object().if_contains("message") : nullptr;
    if (message == nullptr) continue;
    OutputVerdict found;
    if (message->is_object()) guard_thinking(message->get_object(), guard, found);
    guard_below(*message, guard, found);
    guard_extras(choice.get_object(), guard, found);
    if (found.action >= Action::Redact && choice.get_object().contains("logprobs")) choice.get_object()["logprobs"] = nullptr;
    verdict.action = std::max(verdict.action, found.action);
    for (const auto& [type, count] : found.findings) verdict.findings[type] += count;
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
  guard_extras(choice, guard_, whole_);
  const auto* finish = choice.if_contains("finish_reason");
  const bool is_last = finish != nullptr && finish->is_string();
  auto* given = choice.if_contains("delta");
  if (given == nullptr || !given->is_object()) {
    // Some servers leave the delta out of their last chunk, and of chunks that only annotate.
    if (!is_last) return std::ranges::any_of(choice, [](const auto& member) { return is_extra(member.key()); });
    given = &choice["delta"];
    *given = json::object();
  }
  auto& delta = given->get_object();
  const bool had_role = delta.contains("role");
  for (const auto field : text_fields) feed_text(state, delta, field);
  state.tool_calls.take_from(delta);
  feed_rest(delta);
  if (is_last && !state.is_finished) {
    state.is_finished = true;
    flush(state, delta);
  }
  feed_logprobs(state, choice, delta, is_last);   // may add to the choice, whose members then move
  const auto& left = choice.at("delta").as_object();
  const auto is_empty = [](const json::value& value) {
    return value.is_null() || (value.is_string() && value.get_string().empty()) ||
           (value.is_object() && value.get_object().empty());
  };
  const bool says_more = std::ranges::any_of(
      choice, [&](const auto& member) { return is_extra(member.key()) && !is_empty(member.value()); });
  return is_last || had_role || says_more ||
         std::ranges::any_of(left, [&](const auto& member) { return !is_empty(member.value()); });
}

void OutputStreamGuard::feed_text(Choice& state, json::object& delta, std::string_view field) {
  auto* text = delta.if_contains(field);
  if (text == nullptr || !text->is_string() || text->get_string().empty()) return;
  auto& stream = state.texts[std::string(field)];
  if (!stream) stream = std::make_unique<policy::StreamGuard>(guard_, Direction::Output);
  text->get_string() = stream->feed(std::string_view(text->get_string()));
  if (stream->verdict() == Action::Block) is_blocked_ = true;
}

/// What does not come in pieces: each field is read as it is.
void OutputStreamGuard::feed_rest(json::object& delta) {
  guard_thinking(delta, guard_, whole_);
  for (auto& member : delta) {
    const bool is_piece = member.value().is_string() &&
                          std::ranges::find(text_fields, std::string_view(member.key())) != text_fields.end();
    if (!is_piece && member.key() != "role") guard_below(member.value(), guard_, whole_);
  }
  if (whole_.action == Action::Block) is_blocked_ = true;
}

void OutputStreamGuard::feed_logprobs(Choice& state, json::object& choice, const json::object& delta, bool is_last) {
  auto* logprobs = choice.if_contains("logprobs");
  const auto content = state.texts.find("content");
  const bool is_changed = content != state.texts.end() && !content->second->findings().empty();
  if (is_changed) state.logprobs.drop();
  if (logprobs != nullptr && logprobs->is_object()) {
    auto* entries = logprobs->get_object().if_contains("content");
    if (entries != nullptr && entries->is_array()) state.logprobs.take(std::move(entries->get_array()));
  } else if (!is_last) {
    return;
  }
  state.released_bytes += string_member(delta, "content").size();
  auto ready = is_last ? state.logprobs.give_all() : state.logprobs.give(state.released_bytes);
  if (!ready.empty()) choice["logprobs"] = json::object{{"content", std::move(ready)}, {"refusal", nullptr}};
  else if (logprobs != nullptr) *logprobs = nullptr;
}

void OutputStreamGuard::flush(Choice& state, json::object& delta) {
  for (auto& [field, stream] : state.texts) {
    const auto rest = stream->finish();
    if (stream->verdict() == Action::Block) is_blocked_ = true;
    if (rest.empty()) continue;
    auto& text = delta[field];
    if (text.is_string()) text.get_string().append(rest);
    else text = rest;
  }
  if (state.tool_calls.is_empty()) return;
  json::value calls = json::object();
  state.tool_calls.give_to(calls.get_object());
  guard_below(calls, guard_, whole_);
  if (whole_.action == Action::Block) is_blocked_ = true;
  for (auto& member : calls.get_object()) delta[member.key()] = std::move(member.value());
}

OutputVerdict OutputStreamGuard::verdict() const {
  OutputVerdict verdict = whole_;
  for (const auto& [index, choice] : choices_) {
    for (const auto& [field, stream] : choice.texts) {
      verdict.action = std::max(verdict.action, stream->verdict());
      for (const auto& finding : stream->findings()) ++verdict.findings[std::string(finding.type)];
    }
  }
  return verdict;
}

}  // namespace millwright::gateway
