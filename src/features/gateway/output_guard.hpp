// The output guard: what a model says is scanned before it leaves, streamed or not, with the same outcome.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "features/policy/policy.hpp"

namespace millwright::gateway {

/// What the guard found in one answer.
struct OutputVerdict {
  policy::Action action = policy::Action::Allow;
  std::map<std::string, std::int64_t> findings;   // by type
};

/// Redacts a chat.completion in place: message contents, refusals, reasoning and tool arguments. On Block nothing of
/// the answer may be used.
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
    std::map<std::string, std::unique_ptr<policy::StreamGuard>> texts;   // by field of the delta
    json::array tool_calls;                                              // merged by index
    bool is_finished = false;
  };
  bool feed_choice(json::object& choice);
  void feed_text(Choice& state, json::object& delta, const std::string& field);
  void flush(Choice& state, json::object& delta);
  void merge_tool_calls(Choice& state, json::object& delta);

  const policy::Guard& guard_;
  std::map<std::int64_t, Choice> choices_;
  bool is_blocked_ = false;
  std::map<std::string, std::int64_t> tool_findings_;
  policy::Action tool_action_ = policy::Action::Allow;
};

}  // namespace millwright::gateway
