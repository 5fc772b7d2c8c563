// Output under the guard, whole or streamed: the same findings, the same text, however it is cut.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "features/gateway/held_logprobs.hpp"
#include "features/gateway/held_tool_calls.hpp"
#include "features/policy/policy.hpp"

namespace millwright::gateway {

/// What the guard found in one answer.
struct OutputVerdict {
  policy::Action action = policy::Action::Allow;
  std::map<std::string, std::int64_t> findings;   // by type

  void note(const policy::ScanResult& scanned);
};

/// Redacts a chat.completion in place: every text of its messages, tool arguments and unknown fields included. A signed
/// thinking block with a finding is taken out (its signature covers the text), and so are the log probabilities of a
/// choice that was changed. On Block nothing of the answer may be used.
[[nodiscard]] OutputVerdict guard_answer(json::object& body, const policy::Guard& guard);

/// Guards a stream of chunks. Text is held back only as long as it may become part of a finding; a tool call is held
/// until its arguments are complete and judged.
class OutputStreamGuard {
 public:
  explicit OutputStreamGuard(const policy::Guard& guard) : guard_(guard) {}
  /// Gives the chunk as it may be sent, or nothing when it has nothing to say yet. After a Block nothing is given.
  [[nodiscard]] std::optional<json::object> feed(json::object chunk);
  [[nodiscard]] OutputVerdict verdict() const;

 private:
  struct Choice {
    std::map<std::string, std::unique_ptr<policy::StreamGuard>, std::less<>> texts;   // by field of the delta
    HeldToolCalls tool_calls;
    HeldLogprobs logprobs;
    std::size_t released_bytes = 0;   // of the content
    bool is_finished = false;
  };
  bool feed_choice(json::object& choice);
  void feed_text(Choice& state, json::object& delta, std::string_view field);
  void feed_rest(json::object& delta);
  void feed_logprobs(Choice& state, json::object& choice, const json::object& delta, bool is_last);
  void flush(Choice& state, json::object& delta);

  const policy::Guard& guard_;
  std::map<std::int64_t, Choice> choices_;
  bool is_blocked_ = false;
  OutputVerdict whole_;   // of what is not read piece by piece: tool calls, other fields
};

}  // namespace millwright::gateway
