#include "features/gateway/usage_tap.hpp"

#include <algorithm>
#include <array>

namespace millwright::gateway {
namespace {

constexpr std::size_t kept_bytes_max = 32u << 20;
constexpr std::size_t event_bytes_max = 32u << 20;

/// "usage", "usageMetadata", Ollama's "eval_count", Bedrock's "invocationMetrics".
bool speaks_of_usage(std::string_view text) {
  constexpr std::array<std::string_view, 4> words{"usage", "Usage", "eval_count", "invocationMetrics"};
  return std::ranges::any_of(words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

UsageTap::UsageTap(const Provider& provider, std::string path, const io::http::Headers& headers)
    : provider_(provider), path_(std::move(path)), parser_(event_bytes_max) {
  const auto encoding = headers.find("content-encoding");
  if (!encoding.empty() && encoding != "identity") return;
  provider_.read_raw_head(headers, usage_);
  const auto type = headers.find("content-type");
  if ((frames_ = provider_.raw_frames(type)) != nullptr)
    kind_ = Kind::Frames;
  else if (type.starts_with("text/event-stream"))
    kind_ = Kind::Events;
  else if (type.find("ndjson") != std::string_view::npos || type.find("jsonl") != std::string_view::npos)
    kind_ = Kind::Lines;
  else if (type.find("json") != std::string_view::npos)
    kind_ = Kind::Json;
}

void UsageTap::feed(std::string_view bytes) {
  bytes_ += static_cast<std::int64_t>(bytes.size());
  if (kind_ == Kind::Events) {
    if (!parser_.feed(bytes)) return give_up();
    for (io::sse::Event event; parser_.next(event);) {
      if (speaks_of_usage(event.data)) read(event.data);
    }
    return;
  }
  if (kind_ == Kind::Frames) {
    const bool is_read = frames_->feed(bytes, [this](std::string_view message) {
      if (speaks_of_usage(message)) read(message);
    });
    if (!is_read) give_up();
    return;
  }
  if (kind_ == Kind::Opaque) return;
  kept_ += bytes;
  if (kind_ == Kind::Lines) {
    for (auto end = kept_.find('\n'); end != std::string::npos; end = kept_.find('\n')) {
      if (speaks_of_usage(std::string_view(kept_).substr(0, end))) read(std::string_view(kept_).substr(0, end));
      kept_.erase(0, end + 1);
    }
  }
  if (kept_.size() > kept_bytes_max) give_up();
}

/// What it told before is no more to be trusted than what comes.
void UsageTap::give_up() {
  kind_ = Kind::Opaque;
  kept_ = {};
  usage_ = {};
}

void UsageTap::read(std::string_view text) {
  auto value = parse_json(text, {event_bytes_max, 64});
  if (!value) return;
  if (value->is_object()) provider_.read_raw_usage(path_, value->get_object(), usage_);
  // Gemini streams a list where no events are asked for.
  if (value->is_array()) {
    for (const auto& each : value->get_array()) {
      if (each.is_object()) provider_.read_raw_usage(path_, each.get_object(), usage_);
    }
  }
}

const RawUsage& UsageTap::finish() {
  if (!kept_.empty()) read(kept_);
  kept_ = {};
  // Some requests are free whatever their answer says.
  provider_.read_raw_usage(path_, {}, usage_);
  return usage_;
}

}  // namespace millwright::gateway
