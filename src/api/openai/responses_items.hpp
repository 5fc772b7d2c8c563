// Items of a Responses conversation (messages, function calls, their outputs, reasoning) as messages of the canonical
// chat: docs/decisions/0005. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/json.hpp"

namespace millwright::api::openai {

/// What our `encrypted_content` begins with: signed reasoning of a provider, byte for byte, in base64.
inline constexpr std::string_view reasoning_envelope = "mw1.";

/// Puts items together into messages. What one turn of the assistant said (reasoning, text, calls) becomes one message,
/// because providers want the outputs of calls right behind the message that made them.
class Conversation {
 public:
  /// `field` names the item in errors, as in "input[2]". InvalidInput for what is malformed, and for kinds of items and
  /// parts that cannot travel: those of the provider's hosted tools, references to items kept elsewhere.
  [[nodiscard]] Result<void> add(const json::object& item, const std::string& field);
  /// A turn that only thought, and then neither spoke nor acted, is left out: no provider takes it.
  [[nodiscard]] json::array finish();

 private:
  Result<void> add_message(const json::object& item, const std::string& field);
  Result<void> add_call(const json::object& item, const std::string& field);
  Result<void> add_call_output(const json::object& item, const std::string& field);
  Result<void> add_reasoning(const json::object& item, const std::string& field);
  [[nodiscard]] bool has_spoken() const;
  [[nodiscard]] json::object& assistant();
  void say(json::value content);
  void close();

  json::array messages_;
  std::optional<json::object> open_;             // the turn being put together
  std::set<std::string, std::less<>> call_ids_;  // of the calls so far
};

}  // namespace millwright::api::openai
