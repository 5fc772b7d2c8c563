#include "extensions/providers/anthropic_stream.hpp"

#include <algorithm>
#include <utility>

#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t blocks_max = 4'096;          // open at a time
constexpr std::size_t kept_bytes_max = 32u << 20;  // of all that waits for its block to end

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

std::int64_t index_of(const json::object& event) {
  const auto* index = find_member(event, "index");
  return index != nullptr && index->is_int64() ? index->get_int64() : 0;
}

json::object call_delta(std::int64_t index, std::string_view arguments) {
  json::object call{{"index", index}, {"function", json::object{{"arguments", arguments}}}};
  return {{"tool_calls", json::array{std::move(call)}}};
}

}  // namespace

AnthropicStream::Fed AnthropicStream::feed(const io::sse::Event& event, Chunks& chunks) {
  if (is_finished_) return {};
  auto parsed = parse_json_object(event.data, {}, JsonMemory::Pooled);
  if (!parsed) return garbled(parsed.error().message);
  auto type = string_member(*parsed, "type");
  if (type.empty()) type = event.name;
  if (type == "error") return std::unexpected(make_anthropic_failure(0, event.data, provider_));
  if (type == "message_start")
    start_message(*parsed);
  else if (type == "content_block_start")
    return start_block(*parsed, chunks);
  else if (type == "content_block_delta")
    return feed_delta(*parsed, chunks);
  else if (type == "message_delta")
    feed_ending(*parsed);
  else if (type == "message_stop")
    finish(chunks);
  else if (type == "content_block_stop") {
    const auto place = blocks_.find(index_of(*parsed));
    if (place == blocks_.end()) return garbled("it ended a block that was not open");
    stop_block(place, chunks);
  }
  return {};
}

void AnthropicStream::start_message(const json::object& event) {
  if (const auto* message = object_member(event, "message")) {
    id_ = string_member(*message, "id");
    model_ = string_member(*message, "model");
    if (const auto* usage = object_member(*message, "usage")) merge_usage(*usage);
  }
}

AnthropicStream::Fed AnthropicStream::start_block(const json::object& event, Chunks& chunks) {
  const auto* begun = object_member(event, "content_block");
  if (begun == nullptr) return garbled("it began a block without saying which");
  if (blocks_.size() >= blocks_max) return garbled("too many blocks are open");
  const auto [place, is_new] = blocks_.try_emplace(index_of(event));
  if (!is_new) return garbled("it began a block twice");
  auto& block = place->second;
  block.value = json::object(*begun, json::storage_ptr());
  block.type = string_member(*begun, "type");
  kept_bytes_ += event.size() + json::serialize(*begun).size();
  if (kept_bytes_ > kept_bytes_max) return garbled("its blocks are too large to keep");
  if (block.type == "text") {
    block.start = code_points_;
    say_text(string_member(*begun, "text"), chunks);
    if (const auto* citations = find_member(*begun, "citations"); citations != nullptr && citations->is_array()) {
      for (const auto& citation : citations->get_array()) block.citations.push_back(citation);
    }
  } else if (block.type == "thinking") {
    block.signature = string_member(*begun, "signature");
    return say(block, json::object{{"type", "thinking_delta"}, {"thinking", string_member(*begun, "thinking")}},
               chunks);
  } else if (block.type == "tool_use") {
    block.call = calls_++;
    auto call = make_anthropic_call(block.value);
    call["function"].get_object()["arguments"] = "";
    json::object indexed{{"index", block.call}};
    for (auto& member : call) indexed.emplace(member.key(), std::move(member.value()));
    put_delta({{"tool_calls", json::array{std::move(indexed)}}}, chunks);
  }
  return {};
}

AnthropicStream::Fed AnthropicStream::feed_delta(const json::object& event, Chunks& chunks) {
  const auto place = blocks_.find(index_of(event));
  const auto* delta = object_member(event, "delta");
  if (place == blocks_.end() || delta == nullptr) return garbled("it went on with a block that was not open");
  return say(place->second, *delta, chunks);
}

AnthropicStream::Fed AnthropicStream::say(Block& block, const json::object& delta, Chunks& chunks) {
  const auto type = string_member(delta, "type");
  if (type == "text_delta") {
    say_text(string_member(delta, "text"), chunks);
  } else if (type == "thinking_delta") {
    const auto text = string_member(delta, "thinking");
    output_bytes_ += text.size();
    kept_bytes_ += text.size();
    block.text += text;
    if (!text.empty()) put_delta({{"reasoning_content", text}}, chunks);
  } else if (type == "signature_delta") {
    const auto text = string_member(delta, "signature");
    kept_bytes_ += text.size();
    block.signature += text;
  } else if (type == "input_json_delta") {
    const auto text = string_member(delta, "partial_json");
    output_bytes_ += text.size();
    kept_bytes_ += text.size();
    block.input += text;
    if (!text.empty() && block.type == "tool_use") put_delta(call_delta(block.call, text), chunks);
  } else if (type == "citations_delta") {
    const auto* citation = object_member(delta, "citation");
    if (citation != nullptr) {
      kept_bytes_ += json::serialize(*citation).size();
      block.citations.push_back(json::object(*citation, json::storage_ptr()));
    }
  }
  if (kept_bytes_ > kept_bytes_max) return garbled("its blocks are too large to keep");
  return {};
}

void AnthropicStream::say_text(std::string_view text, Chunks& chunks) {
  if (text.empty()) return;
  output_bytes_ += text.size();
  code_points_ += count_code_points(text);
  put_delta({{"content", text}}, chunks);
}

void AnthropicStream::stop_block(std::map<std::int64_t, Block>::iterator place, Chunks& chunks) {
  auto block = std::move(place->second);
  blocks_.erase(place);
  if (block.type == "text") {
    json::array annotations;
    for (const auto& citation : block.citations) {
      if (citation.is_object()) {
        annotations.push_back(make_anthropic_annotation(citation.get_object(), block.start, code_points_));
      }
    }
    if (!annotations.empty()) put_delta({{"annotations", std::move(annotations)}}, chunks);
  } else if (block.type == "tool_use") {
    stop_call(block, chunks);
  } else if (block.type == "thinking" || block.type == "redacted_thinking") {
    stop_thinking(block, chunks);
  } else {
    stop_native(block, chunks);
  }
}

/// A call without arguments streams none, or an empty piece: as a whole answer it has "{}", and so it has here.
void AnthropicStream::stop_call(const Block& block, Chunks& chunks) {
  if (!block.input.empty()) return;
  const auto* input = find_member(block.value, "input");
  put_delta(call_delta(block.call, input != nullptr && !input->is_null() ? json::serialize(*input) : "{}"), chunks);
}

void AnthropicStream::stop_thinking(Block& block, Chunks& chunks) {
  if (block.type == "thinking") {
    block.value["thinking"] = block.text;
    block.value["signature"] = block.signature;
  }
  put_delta({{"thinking_blocks", json::array{std::move(block.value)}}}, chunks);
}

void AnthropicStream::stop_native(Block& block, Chunks& chunks) {
  if (!block.input.empty()) {
    auto input = parse_json(block.input);
    block.value["input"] = input ? std::move(*input) : json::value(block.input);
  }
  put_delta({{"native_blocks", json::array{make_anthropic_native(std::move(block.value), code_points_)}}}, chunks);
}

void AnthropicStream::feed_ending(const json::object& event) {
  if (const auto* delta = object_member(event, "delta")) {
    for (const auto& member : *delta) {
      if (member.value().is_null()) continue;
      auto& target = member.key().starts_with("stop_") ? ending_ : rest_;
      target[member.key()] = member.value();
    }
  }
  for (const auto& member : event) {
    const bool is_translated = member.key() == "type" || member.key() == "delta" || member.key() == "usage";
    if (!is_translated && !member.value().is_null()) rest_[member.key()] = member.value();
  }
  if (const auto* usage = object_member(event, "usage")) {
    merge_usage(*usage);
    has_final_usage_ = true;
  }
}

void AnthropicStream::finish(Chunks& chunks) {
  while (!blocks_.empty()) stop_block(blocks_.begin(), chunks);
  begin(chunks);
  json::object choice{{"index", 0}, {"delta", json::object()}};
  put_anthropic_ending(choice, ending_);
  auto last = frame(json::array{std::move(choice)});
  for (auto& member : rest_) last.emplace(member.key(), std::move(member.value()));
  chunks.push_back(std::move(last));
  if (!usage_.empty()) {
    auto usage = frame({});
    usage["usage"] = render_anthropic_usage(usage_);
    chunks.push_back(std::move(usage));
  }
  has_final_usage_ = true;
  is_finished_ = true;
}

/// Counts are cumulative: the greatest is the last, also where a server leaves one out or sends it as 0 at the end.
void AnthropicStream::merge_usage(const json::object& usage) {
  for (const auto& member : usage) {
    if (member.value().is_null()) continue;
    auto& known = usage_[member.key()];
    const bool is_less =
        known.is_int64() && member.value().is_int64() && known.get_int64() > member.value().get_int64();
    if (!is_less) known = member.value();
  }
}

std::optional<finops::TokenCounts> AnthropicStream::usage() const {
  auto tokens = read_anthropic_usage(usage_);
  if (tokens && is_usage_estimated()) {
    const auto counted = static_cast<std::int64_t>((output_bytes_ + 3) / 4);
    tokens->output = std::max(tokens->output, counted - tokens->reasoning);
  }
  return tokens;
}

json::object AnthropicStream::frame(json::array choices) const {
  return {{"id", id_},
          {"object", "chat.completion.chunk"},
          {"created", created_},
          {"model", model_},
          {"choices", std::move(choices)}};
}

void AnthropicStream::begin(Chunks& chunks) {
  if (std::exchange(has_started_, true)) return;
  put_delta({{"role", "assistant"}, {"content", ""}}, chunks);
}

void AnthropicStream::put_delta(json::object delta, Chunks& chunks) {
  begin(chunks);
  chunks.push_back(
      frame(json::array{json::object{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", nullptr}}}));
}

AnthropicStream::Fed AnthropicStream::garbled(std::string_view what) const {
  auto failure = make_anthropic_failure(502, {}, provider_);
  failure.error.message = fmt::format("the provider {} sent a stream that makes no sense: {}", provider_, what);
  return std::unexpected(std::move(failure));
}

}  // namespace millwright::extensions
