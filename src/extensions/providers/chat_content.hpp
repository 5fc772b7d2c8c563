// What the content of the canonical chat holds, for dialects that keep texts, images and calls apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {

/// A member that is there and not null, or nullptr.
[[nodiscard]] const json::value* find_set(const json::object& object, std::string_view name);

/// RFC 2397 with base64: "data:image/png;base64,iVBO…".
struct DataUrl {
  std::string media_type;
  std::string_view base64;
};
[[nodiscard]] std::optional<DataUrl> find_data_url(std::string_view url);

/// The URL of an `image_url` part, written as an object with `url` or as the URL itself; empty when there is none.
[[nodiscard]] std::string_view image_url_of(const json::object& part);

/// The words of a content, parts joined by newlines; null is "". InvalidInput names a part that is no text.
[[nodiscard]] Result<std::string> text_of(const json::value* content, const std::string& field);

/// A block that only one dialect has, or a part nobody knows: refused by its name.
[[nodiscard]] std::unexpected<Error> refuse_part(const json::object& part, const std::string& field);

/// {id, type: "function", function: {name, arguments}}.
struct ToolCall {
  std::string id, name;
  std::string arguments;  // JSON text of an object
};
/// The calls of an assistant's message; `function_call` is one without an id. InvalidInput names what is no call of a
/// function, or arguments that are no object.
[[nodiscard]] Result<std::vector<ToolCall>> calls_of(const json::object& message, const std::string& field);

/// What a tool said; a failure (`is_error`) as {"error": words}, since neither dialect has a mark for it.
[[nodiscard]] Result<std::string> tool_answer_of(const json::object& message, const std::string& field);

/// Members of a chat that mean nothing to other dialects and change nothing in an answer: left out without a word.
[[nodiscard]] bool is_hint(std::string_view name);
/// Refuses what a dialect with one choice, texts and plain functions cannot do: n, functions, audio, web search.
[[nodiscard]] Result<void> refuse_beyond_plain_chat(const json::object& body);
/// The limit on the answer under either of its names, or nullptr.
[[nodiscard]] const json::value* output_limit_of(const json::object& body);
/// The schema of a response_format of type json_schema; nullptr for text and json_object. InvalidInput otherwise.
[[nodiscard]] Result<const json::object*> schema_of(const json::object& body);

}  // namespace millwright::extensions
