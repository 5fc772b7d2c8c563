// What the last user turn of a request asks of a scripted provider whose answers are made of blocks: Anthropic's and
// Bedrock's read it alike.
//
// Directives, as [[name=value]]: tokens, say, think, stop, interval (ms between words), cut and error-after (words),
// cached, written, written-1h (tokens), no-usage, tool; before any answer: delay, status or fail-times, retry-after,
// cut-head, garbage, error-in-200.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/json.hpp"

namespace millwright::test {

struct ModelScript {
  std::string say, think, stop = "end_turn";
  bool no_usage = false, has_tool = false;
  std::int64_t tokens = 12, interval = 0, cut = -1, error_after = -1, cached = 0, written = 0, written_1h = 0,
               prompt = 0;
  [[nodiscard]] std::int64_t thinking_tokens() const { return static_cast<std::int64_t>((think.size() + 3) / 4); }
};
/// `text` is that turn's; `tokens_max` what the request allows. `body` has messages.
[[nodiscard]] ModelScript read_model_script(const json::object& body, const std::string& text,
                                            std::optional<std::int64_t> tokens_max);
/// Texts of the last user turn, joined.
[[nodiscard]] std::string last_turn_text(const json::object& body);

/// A failure before any answer.
struct ScriptedFailure {
  enum class Kind : std::uint8_t { Status, CutHead, Garbage, ErrorIn200 };
  Kind kind = Kind::Status;
  std::int64_t status = 0, retry_after = -1;  // of Status; -1: none is said
};
/// Counts how often a request has failed, by its text. Thread-safe.
class ScriptedFailures {
 public:
  [[nodiscard]] std::optional<ScriptedFailure> next(const std::string& text);

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> times_;
};

}  // namespace millwright::test
