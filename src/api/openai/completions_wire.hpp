// The legacy completions: a prompt as one message of the user, an answer as text. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace millwright::api::openai {

struct CompletionsRequest {
  std::string model;
  std::vector<std::string> prompts;  // each is a call of its own
  json::object chat;                 // members of the canonical request, without messages
  std::int64_t choices = 1;          // of each prompt
  bool is_streamed = false;
  bool wants_usage = false;
  bool echoes = false;  // the prompt stands before its completion
};

/// InvalidInput names the field: prompts in tokens, suffix, logprobs and best_of cannot be had of a chat model. Fields
/// nobody knows travel along.
[[nodiscard]] Result<CompletionsRequest> parse_completions_request(json::object body);
/// The canonical request of one prompt.
[[nodiscard]] json::object chat_of(const CompletionsRequest& request, std::size_t prompt);

/// Choices of a canonical answer (message) or chunk (delta) as text choices of the prompt at `prompt`. Choices of a
/// chunk that say nothing are left out. With `echo`, it is put before the first text of each choice.
class CompletionChoices {
 public:
  CompletionChoices(const CompletionsRequest& request, std::size_t prompt) : request_(request), prompt_(prompt) {}
  [[nodiscard]] json::array read(const json::object& answer);

 private:
  const CompletionsRequest& request_;
  std::size_t prompt_;
  std::vector<bool> has_echoed_;
};

/// {id, object: "text_completion", created, model, choices} with the other members of the answer but its usage.
[[nodiscard]] json::object completion_frame(const json::object& answer, std::string_view id, json::array choices);
/// Adds the numbers of `more` to those of `sum`, details included.
void add_usage(json::object& sum, const json::object& more);

}  // namespace millwright::api::openai
