#include "extensions/providers/bedrock_stream.hpp"

#include <utility>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t blocks_max = 4'096;          // open at a time
constexpr std::size_t kept_bytes_max = 32u << 20;  // of all that waits for its block to end

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

std::int64_t index_of(const json::object& event) {
  const auto* index = find_member(event, "contentBlockIndex");
  return index != nullptr && index->is_int64() ? index->get_int64() : 0;
}

json::object call_delta(std::int64_t index, std::string_view arguments) {
  json::object call{{"index", index}, {"function", json::object{{"arguments", arguments}}}};
  return {{"tool_calls", json::array{std::move(call)}}};
}

}  // namespace

BedrockStream::Fed BedrockStream::feed(const AwsEvent& event, Chunks& chunks) {
  if (is_finished_) return {};
  const auto message_type = event.text(":message-type");
  if (message_type == "exception") {
    return std::unexpected(make_bedrock_failure(0, event.text(":exception-type"), event.payload, provider_));
  }
  if (message_type == "error") {
    const json::object body{{"message", event.text(":error-message")}};
    return std::unexpected(make_bedrock_failure(0, event.text(":error-code"), json::serialize(body), provider_));
  }
  const auto type = event.text(":event-type");
  if (type.empty() || type == "initial-response") return {};
  const auto parsed = parse_json_object(event.payload, {}, JsonMemory::Pooled);
  if (!parsed) return garbled(parsed.error().message);
  return read(type, *parsed, chunks);
}

BedrockStream::Fed BedrockStream::read(std::string_view type, const json::object& event, Chunks& chunks) {
  if (type == "contentBlockStart") return start_block(event, chunks);
  if (type == "contentBlockDelta") return feed_delta(event, chunks);
  if (type == "contentBlockStop") {
    // A block that said nothing has not been seen.
    if (const auto place = blocks_.find(index_of(event)); place != blocks_.end()) stop_block(place, chunks);
  } else if (type == "messageStop") {
    while (!blocks_.empty()) stop_block(blocks_.begin(), chunks);
    ending_ = json::object(event, json::storage_ptr());
    is_stopped_ = true;
    if (!metadata_.empty()) finish(chunks);
  } else if (type == "metadata") {
    metadata_ = json::object(event, json::storage_ptr());
    if (is_stopped_) finish(chunks);
  }
  return {};
}

BedrockStream::Fed BedrockStream::start_block(const json::object& event, Chunks& chunks) {
  if (is_stopped_) return garbled("it went on behind its end");
  if (blocks_.size() >= blocks_max) return garbled("too many blocks are open");
  const auto [place, is_new] = blocks_.try_emplace(index_of(event));
  if (!is_new) return garbled("it began a block twice");
  auto& block = place->second;
  block.start = code_points_;
  const auto* start = object_member(event, "start");
  if (start == nullptr || start->empty()) return {};
  block.begun = json::object(*start, json::storage_ptr());
  kept_bytes_ += json::serialize(block.begun).size();
  if (kept_bytes_ > kept_bytes_max) return garbled("its blocks are too large to keep");
  const auto* use = object_member(*start, "toolUse");
  if (use != nullptr && string_member(*use, "type").empty()) {
    block.kind = BlockKind::Call;
    block.call = calls_++;
    json::object function{{"name", string_member(*use, "name")}, {"arguments", ""}};
    json::object call{{"index", block.call},
                      {"id", string_member(*use, "toolUseId")},
                      {"type", "function"},
                      {"function", std::move(function)}};
    put_delta({{"tool_calls", json::array{std::move(call)}}}, chunks);
  } else {
    block.kind = object_member(*start, "image") != nullptr ? BlockKind::Image : BlockKind::Native;
  }
  return {};
}

BedrockStream::Fed BedrockStream::feed_delta(const json::object& event, Chunks& chunks) {
  if (is_stopped_) return garbled("it went on behind its end");
  const auto* delta = object_member(event, "delta");
  if (delta == nullptr) return garbled("it went on with a block without saying how");
  if (blocks_.size() >= blocks_max) return garbled("too many blocks are open");
  // Blocks of text and of reasoning begin with their first piece.
  const auto [place, is_new] = blocks_.try_emplace(index_of(event));
  if (is_new) place->second.start = code_points_;
  say(place->second, *delta, chunks);
  if (kept_bytes_ > kept_bytes_max) return garbled("its blocks are too large to keep");
  return {};
}

void BedrockStream::say(Block& block, const json::object& delta, Chunks& chunks) {
  if (const auto* text = find_member(delta, "text"); text != nullptr && text->is_string()) {
    say_text(text->get_string(), chunks);
  } else if (const auto* use = object_member(delta, "toolUse")) {
    const auto piece = string_member(*use, "input");
    kept_bytes_ += piece.size();
    block.input += piece;
    if (!piece.empty() && block.kind == BlockKind::Call) put_delta(call_delta(block.call, piece), chunks);
  } else if (const auto* reasoning = object_member(delta, "reasoningContent")) {
    block.kind = BlockKind::Reasoning;
    say_reasoning(block, *reasoning, chunks);
  } else if (const auto* citation = object_member(delta, "citation")) {
    kept_bytes_ += json::serialize(*citation).size();
    block.citations.push_back(json::object(*citation, json::storage_ptr()));
  } else if (const auto* image = object_member(delta, "image")) {
    const auto* source = object_member(*image, "source");
    const auto bytes = from_base64(source != nullptr ? string_member(*source, "bytes") : std::string_view());
    kept_bytes_ += bytes ? bytes->size() : 0;
    if (bytes) block.text += *bytes;
  } else if (const auto* results = find_member(delta, "toolResult"); results != nullptr && results->is_array()) {
    for (const auto& result : results->get_array()) {
      kept_bytes_ += json::serialize(result).size();
      block.results.push_back(json::value(result, json::storage_ptr()));
    }
  }
}

void BedrockStream::say_text(std::string_view text, Chunks& chunks) {
  if (text.empty()) return;
  code_points_ += count_code_points(text);
  put_delta({{"content", text}}, chunks);
}

void BedrockStream::say_reasoning(Block& block, const json::object& reasoning, Chunks& chunks) {
  const auto text = string_member(reasoning, "text");
  const auto signature = string_member(reasoning, "signature");
  const auto redacted = string_member(reasoning, "redactedContent");
  kept_bytes_ += text.size() + signature.size() + redacted.size();
  block.text += text;
  block.signature += signature;
  block.redacted += redacted;
  if (!text.empty()) put_delta({{"reasoning_content", text}}, chunks);
}

void BedrockStream::stop_block(Place place, Chunks& chunks) {
  auto block = std::move(place->second);
  blocks_.erase(place);
  switch (block.kind) {
    case BlockKind::Text: return stop_text(block, chunks);
    case BlockKind::Call:
      // A call without arguments streams none: as a whole answer it has "{}", and so it has here.
      if (block.input.empty()) put_delta(call_delta(block.call, "{}"), chunks);
      return;
    case BlockKind::Reasoning: return stop_reasoning(block, chunks);
    case BlockKind::Image: {
      const auto* image = object_member(block.begun, "image");
      const auto format = image != nullptr ? string_member(*image, "format") : std::string_view();
      return put_delta({{"images", json::array{make_bedrock_image(format, to_base64(block.text))}}}, chunks);
    }
    case BlockKind::Native: return stop_native(block, chunks);
  }
}

void BedrockStream::stop_text(const Block& block, Chunks& chunks) {
  json::array annotations;
  for (const auto& citation : block.citations) {
    annotations.push_back(make_bedrock_annotation(citation.get_object(), block.start, code_points_));
  }
  if (!annotations.empty()) put_delta({{"annotations", std::move(annotations)}}, chunks);
}

void BedrockStream::stop_reasoning(const Block& block, Chunks& chunks) {
  json::array thinking;
  if (!block.redacted.empty()) {
    thinking.push_back(json::object{{"type", "redacted_thinking"}, {"data", block.redacted}});
  }
  if (!block.signature.empty()) {
    thinking.push_back(json::object{{"type", "thinking"}, {"thinking", block.text}, {"signature", block.signature}});
  }
  if (!thinking.empty()) put_delta({{"thinking_blocks", std::move(thinking)}}, chunks);
}

/// A block of the provider's own tools, as a whole answer has it.
void BedrockStream::stop_native(Block& block, Chunks& chunks) {
  for (auto& member : block.begun) {
    if (!member.value().is_object()) continue;
    auto& value = member.value().get_object();
    if (!block.input.empty()) {
      auto input = parse_json(block.input);
      value["input"] = input ? std::move(*input) : json::value(block.input);
    }
    if (!block.results.empty()) value["content"] = std::move(block.results);
  }
  put_delta({{"native_blocks", json::array{make_bedrock_native(std::move(block.begun), code_points_)}}}, chunks);
}

void BedrockStream::finish(Chunks& chunks) {
  if (is_finished_) return;
  is_finished_ = true;
  if (!has_begun_) put_delta({}, chunks);
  json::object choice{{"index", 0}, {"delta", json::object()}};
  put_bedrock_ending(choice, ending_, metadata_);
  chunks.push_back(frame(json::array{std::move(choice)}));
  const auto* usage = object_member(metadata_, "usage");
  if (usage == nullptr) return;
  auto last = frame({});
  last["usage"] = render_bedrock_usage(*usage);
  chunks.push_back(std::move(last));
}

void BedrockStream::end(Chunks& chunks) {
  if (is_stopped_) finish(chunks);
}

std::optional<finops::TokenCounts> BedrockStream::usage() const {
  const auto* usage = object_member(metadata_, "usage");
  return usage != nullptr ? read_bedrock_usage(*usage) : std::nullopt;
}

json::object BedrockStream::frame(json::array choices) const {
  return {{"id", frame_.id},
          {"object", "chat.completion.chunk"},
          {"created", frame_.created},
          {"model", frame_.model},
          {"choices", std::move(choices)}};
}

void BedrockStream::put_delta(json::object delta, Chunks& chunks) {
  if (!std::exchange(has_begun_, true)) {
    json::object opening{{"role", "assistant"}, {"content", ""}};
    chunks.push_back(
        frame(json::array{json::object{{"index", 0}, {"delta", std::move(opening)}, {"finish_reason", nullptr}}}));
  }
  if (delta.empty()) return;
  chunks.push_back(
      frame(json::array{json::object{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", nullptr}}}));
}

BedrockStream::Fed BedrockStream::garbled(std::string_view what) const {
  auto failure = make_bedrock_failure(502, {}, {}, provider_);
  failure.error.message = fmt::format("the provider {} sent a stream that makes no sense: {}", provider_, what);
  return std::unexpected(std::move(failure));
}

}  // namespace millwright::extensions
