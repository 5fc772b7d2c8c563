// Blocks of an answer: what a whole message and a stream of one say alike.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// A tool call as a tool_use block with parsed input. Arguments that are no JSON object, which a model may write, are
/// kept as {"invalid_arguments": text}, so that the caller's own check of the input refuses them.
[[nodiscard]] json::object encode_call(const json::object& call);
/// The input as JSON text: the model's own arguments where they are an object, without touching the order of keys.
[[nodiscard]] std::string input_text_of(const json::object& call);

/// Citations of the gateway (`millwright.citations`) as search results of a text block: each passage is a result of one
/// block, numbered as it was put before the model.
[[nodiscard]] json::array encode_citations(const json::object& millwright);
/// The citation of Anthropic's own behind an annotation; null for annotations of others, whose places in the text have
/// no equal here.
[[nodiscard]] const json::object* find_native_citation(const json::object& annotation);

/// The value of a native block of this dialect; null for other dialects.
[[nodiscard]] const json::object* find_native_block(const json::object& block);

/// Reasoning as text, under either of its names.
[[nodiscard]] std::string_view reasoning_of(const json::object& message);

}  // namespace millwright::api::anthropic
