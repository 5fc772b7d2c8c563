#include "api/anthropic/message_stream.hpp"

#include <algorithm>

#include "api/anthropic/content.hpp"
#include "api/anthropic/ending.hpp"
#include "api/anthropic/members.hpp"
#include "api/anthropic/message.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::anthropic {
namespace {

void say(std::string& out, const json::object& event) {
  io::sse::append_event(out, string_member(event, "type"), json::serialize(event));
}

const json::object* first_choice(const json::object& chunk) {
  const auto* choices = find_list(chunk, "choices");
  if (choices == nullptr) return nullptr;
  for (const auto& choice : *choices) {
    if (!choice.is_object()) continue;
    const auto* index = find_member(choice.get_object(), "index");
    if (index == nullptr || *index == 0) return &choice.get_object();
  }
  return nullptr;
}

void append_text(json::object& object, std::string_view name, std::string_view text) {
  auto& target = object[name];
  if (!target.is_string()) target = "";
  target.get_string().append(text);
}

}  // namespace

void MessageStream::feed(const json::object& chunk, std::string& out) {
  if (const auto* usage = find_object(chunk, "usage")) {
    usage_ = json::object(*usage, json::storage_ptr());
    has_usage_ = true;
  }
  if (const auto* members = find_object(chunk, "millwright")) millwright_ = json::object(*members, json::storage_ptr());
  if (const auto* container = find_object(chunk, "container"))
    container_ = json::object(*container, json::storage_ptr());
  start(chunk, out);
  const auto* choice = first_choice(chunk);
  if (choice == nullptr) return;
  if (const auto* delta = find_object(*choice, "delta")) feed_delta(*delta, out);
  for (const char* name : {"finish_reason", "native_finish_reason", "matched_stop", "stop_details"}) {
    const auto* value = find_member(*choice, name);
    if (value != nullptr && !value->is_null()) ending_[name] = *value;
  }
}

void MessageStream::start(const json::object& chunk, std::string& out) {
  if (has_started_) return;
  has_started_ = true;
  json::object message{{"id", message_id_of(string_member(chunk, "id"), trace_)},
                       {"type", "message"},
                       {"role", "assistant"},
                       {"model", string_member(chunk, "model")},
                       {"content", json::array()},
                       {"stop_reason", nullptr},
                       {"stop_sequence", nullptr}};
  message["usage"] = encode_usage(has_usage_ ? &usage_ : nullptr, {});
  say(out, {{"type", "message_start"}, {"message", std::move(message)}});
}

void MessageStream::feed_delta(const json::object& delta, std::string& out) {
  say_thinking(reasoning_of(delta), out);
  if (const auto* blocks = find_list(delta, "thinking_blocks")) {
    for (const auto& block : *blocks) take_thinking_block(block, out);
  }
  say_text(string_member(delta, "content"), out);
  const auto refusal = string_member(delta, "refusal");
  has_refusal_ = has_refusal_ || !refusal.empty();
  say_text(refusal, out);
  if (const auto* annotations = find_list(delta, "annotations")) take_annotations(*annotations, out);
  if (const auto* natives = find_list(delta, "native_blocks")) {
    for (const auto& native : *natives) {
      const auto* object = native.if_object();
      const auto* block = object == nullptr ? nullptr : find_native_block(*object);
      if (block != nullptr) say_whole(*block, out);
    }
  }
  if (const auto* calls = find_list(delta, "tool_calls")) {
    for (const auto& call : *calls) {
      if (call.is_object()) merge_call(call.get_object());
    }
  }
}

void MessageStream::say_thinking(std::string_view text, std::string& out) {
  // A guard that holds text back may give it after the block that says it whole.
  const auto known = std::min(ahead_.size(), text.size());
  if (std::string_view(ahead_).substr(0, known) == text.substr(0, known)) {
    ahead_.erase(0, known);
    text.remove_prefix(known);
  }
  if (text.empty()) return;
  if (open_ != Open::Thinking) {
    open(Open::Thinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}}, out);
    thinking_.clear();
  }
  thinking_ += text;
  say_delta({{"type", "thinking_delta"}, {"thinking", text}}, out);
}

void MessageStream::say_text(std::string_view text, std::string& out) {
  if (text.empty()) return;
  if (open_ != Open::Text) open(Open::Text, {{"type", "text"}, {"text", ""}}, out);
  say_delta({{"type", "text_delta"}, {"text", text}}, out);
}

/// The block comes whole after its text came in pieces: what is left of it is the signature, which fits its own text
/// and no other.
void MessageStream::take_thinking_block(const json::value& value, std::string& out) {
  if (!value.is_object()) return;
  const auto& block = value.get_object();
  if (string_member(block, "type") != "thinking") {
    say_whole(value, out);
    return;
  }
  const auto whole = string_member(block, "thinking");
  if (open_ != Open::Thinking) {
    open(Open::Thinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}}, out);
    thinking_.clear();
  }
  if (whole.starts_with(thinking_)) {
    const auto rest = whole.substr(thinking_.size());
    if (!rest.empty()) say_delta({{"type", "thinking_delta"}, {"thinking", rest}}, out);
    ahead_ += rest;
    const auto signature = string_member(block, "signature");
    if (!signature.empty()) say_delta({{"type", "signature_delta"}, {"signature", signature}}, out);
  }
  close(out);
}

void MessageStream::take_annotations(const json::array& annotations, std::string& out) {
  for (const auto& annotation : annotations) {
    const auto* object = annotation.if_object();
    const auto* citation = object == nullptr ? nullptr : find_native_citation(*object);
    if (citation != nullptr) citations_.push_back(*citation);
  }
  if (open_ == Open::Text) say_citations(out);
}

void MessageStream::merge_call(const json::object& piece) {
  const auto* index = find_member(piece, "index");
  auto* const known = std::ranges::find_if(calls_, [&](const json::value& call) {
    const auto* other = find_member(call.get_object(), "index");
    return index != nullptr && other != nullptr && *other == *index;
  });
  if (known == calls_.end()) {
    calls_.push_back(json::object(piece, json::storage_ptr()));
    return;
  }
  auto& call = known->get_object();
  for (const auto& member : piece) {
    if (member.key() != "function" && !member.value().is_null()) call[member.key()] = member.value();
  }
  const auto* function = find_object(piece, "function");
  if (function == nullptr) return;
  if (find_object(call, "function") == nullptr) call["function"] = json::object();
  auto& target = call["function"].get_object();
  if (const auto name = string_member(*function, "name"); !name.empty()) target["name"] = name;
  append_text(target, "arguments", string_member(*function, "arguments"));
}

void MessageStream::say_call(const json::object& call, std::string& out) {
  auto block = encode_call(call);
  block["input"] = json::object();
  open(Open::Nothing, std::move(block), out);
  say_delta({{"type", "input_json_delta"}, {"partial_json", input_text_of(call)}}, out);
  say(out, {{"type", "content_block_stop"}, {"index", index_}});
}

void MessageStream::say_citations(std::string& out) {
  for (auto& citation : citations_) say_delta({{"type", "citations_delta"}, {"citation", std::move(citation)}}, out);
  citations_.clear();
}

void MessageStream::finish(const telemetry::TokenCounts& booked, std::string& out) {
  start({}, out);
  if (open_ == Open::Text) {
    for (auto& citation : encode_citations(millwright_)) citations_.push_back(std::move(citation));
    say_citations(out);
  }
  close(out);
  for (const auto& call : calls_) say_call(call.get_object(), out);
  auto delta = encode_stop(ending_, !calls_.empty());
  if (has_refusal_) delta["stop_reason"] = "refusal";
  if (!container_.empty()) delta["container"] = std::move(container_);
  json::object event{{"type", "message_delta"}, {"delta", std::move(delta)}};
  event["usage"] = encode_usage(has_usage_ ? &usage_ : nullptr, booked);
  if (!millwright_.empty()) event["millwright"] = std::move(millwright_);
  say(out, event);
  say(out, {{"type", "message_stop"}});
}

void MessageStream::open(Open kind, json::object block, std::string& out) {
  close(out);
  open_ = kind;
  say(out, {{"type", "content_block_start"}, {"index", ++index_}, {"content_block", std::move(block)}});
}

void MessageStream::close(std::string& out) {
  if (open_ == Open::Nothing) return;
  open_ = Open::Nothing;
  say(out, {{"type", "content_block_stop"}, {"index", index_}});
}

void MessageStream::say_whole(json::value block, std::string& out) {
  if (!block.is_object()) return;
  open(Open::Nothing, std::move(block.get_object()), out);
  say(out, {{"type", "content_block_stop"}, {"index", index_}});
}

void MessageStream::say_delta(json::object delta, std::string& out) {
  say(out, {{"type", "content_block_delta"}, {"index", index_}, {"delta", std::move(delta)}});
}

}  // namespace millwright::api::anthropic
