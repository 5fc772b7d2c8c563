// Puts the prompt of a release and the retrieved passages before a conversation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/chat.hpp"
#include "features/gateway/config.hpp"
#include "features/retrieval/retrieval.hpp"

namespace millwright::gateway {

/// Text of the last message of the user: what is searched for.
[[nodiscard]] std::string question_of(const json::object& body);

/// Calls `visit` with every text of every message: string contents, text parts, reasoning and arguments. The text may
/// be replaced.
void visit_texts(json::object& body, const std::function<void(json::string&)>& visit);

/// The system message is the prompt followed by numbered passages, marked as data that gives no orders. A system
/// message of the caller stays behind it.
void compose(json::object& body, std::string_view prompt, const std::vector<retrieval::ScoredChunk>& passages);

/// Limits the answer to `tokens` in the field the model takes, drops the other one, and asks for usage in streams.
void set_limits(json::object& body, const ModelConfig& model, std::int64_t tokens, bool is_streamed);

/// Upper bound of the input tokens of a request: no tokeniser makes more tokens than bytes, plus what each message and
/// tool costs to frame.
[[nodiscard]] std::int64_t input_tokens_bound(const json::object& body);

}  // namespace millwright::gateway
