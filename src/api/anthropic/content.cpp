#include "api/anthropic/content.hpp"

#include "api/anthropic/members.hpp"
#include "base/text.hpp"

namespace millwright::api::anthropic {
namespace {

std::string_view arguments_of(const json::object& call) {
  const auto* function = find_object(call, "function");
  return function == nullptr ? std::string_view() : string_member(*function, "arguments");
}

/// The dialect's value inside {dialect, value}.
const json::object* value_of(const json::object& native) {
  return string_member(native, "dialect") == "anthropic" ? find_object(native, "value") : nullptr;
}

}  // namespace

std::string input_text_of(const json::object& call) {
  const auto arguments = arguments_of(call);
  if (trimmed(arguments).empty()) return "{}";
  if (parse_json_object(arguments)) return std::string(arguments);
  return json::serialize(json::object{{"invalid_arguments", arguments}});
}

json::object encode_call(const json::object& call) {
  const auto* function = find_object(call, "function");
  json::object block{{"type", "tool_use"},
                     {"id", string_member(call, "id")},
                     {"name", function == nullptr ? std::string_view() : string_member(*function, "name")}};
  auto input = parse_json_object(input_text_of(call));
  block["input"] = input ? std::move(*input) : json::object();
  const auto* extra = find_object(call, "extra_content");
  if (const auto* own = extra == nullptr ? nullptr : find_object(*extra, "anthropic")) {
    for (const auto& member : *own) block.emplace(member.key(), member.value());
  }
  return block;
}

json::array encode_citations(const json::object& millwright) {
  json::array encoded;
  const auto* citations = find_list(millwright, "citations");
  if (citations == nullptr) return encoded;
  for (const auto& value : *citations) {
    if (!value.is_object()) continue;
    const auto& citation = value.get_object();
    const auto* number = find_member(citation, "number");
    std::int64_t place = 0;
    if (number != nullptr && number->is_int64()) place = number->get_int64() - 1;
    if (number != nullptr && number->is_uint64()) place = static_cast<std::int64_t>(number->get_uint64()) - 1;
    encoded.push_back(json::object{{"type", "search_result_location"},
                                   {"cited_text", string_member(citation, "quote")},
                                   {"source", string_member(citation, "uri")},
                                   {"title", string_member(citation, "title")},
                                   {"search_result_index", place},
                                   {"start_block_index", 0},
                                   {"end_block_index", 1}});
  }
  return encoded;
}

const json::object* find_native_citation(const json::object& annotation) {
  const auto* native = find_object(annotation, "native");
  return native == nullptr ? nullptr : value_of(*native);
}

const json::object* find_native_block(const json::object& block) { return value_of(block); }

std::string_view reasoning_of(const json::object& message) {
  const auto text = string_member(message, "reasoning_content");
  return text.empty() ? string_member(message, "reasoning") : text;
}

}  // namespace millwright::api::anthropic
