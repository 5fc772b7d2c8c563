// What servers of OpenAI's dialect say in words of their own, said as the canonical chat has it. Everything else stays.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace millwright::extensions {

/// One a stream: calls of tools are counted through it.
class OpenAiMending {
 public:
  /// `choice` has a delta. Reasoning goes to reasoning_content; calls that come whole or without an index get one,
  /// their arguments are text; reasons to stop get OpenAI's names, the server's own stays in native_finish_reason.
  void mend_choice(json::object& choice);

 private:
  struct Known {
    std::string id;
    std::int64_t index = 0;
  };
  void mend_calls(json::array& calls, std::int64_t choice);

  std::map<std::int64_t, std::vector<Known>> calls_;  // by choice
};

/// The same for a whole answer: each choice's message.
void mend_openai_answer(json::object& body);

/// Whether a choice says that its answer failed (`finish_reason` "error" of Mistral and OpenRouter), with or without an
/// error beside it.
[[nodiscard]] bool has_failed_choice(const json::object& body);

}  // namespace millwright::extensions
