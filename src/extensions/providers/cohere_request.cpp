#include "extensions/providers/cohere_request.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/chat_content.hpp"
#include "extensions/providers/embeddings.hpp"

namespace millwright::extensions {
namespace {

using gateway::field_error;

constexpr std::size_t inputs_a_call_max = 96;

struct Renamed {
  std::string_view from, to;
};
constexpr std::array renamed{Renamed{"top_p", "p"}, Renamed{"top_k", "k"}};
constexpr auto translated = std::to_array<std::string_view>({"model",
                                                             "messages",
                                                             "stream",
                                                             "max_tokens",
                                                             "max_completion_tokens",
                                                             "stop",
                                                             "tools",
                                                             "tool_choice",
                                                             "parallel_tool_calls",
                                                             "response_format",
                                                             "thinking",
                                                             "reasoning_effort",
                                                             "top_p",
                                                             "top_k",
                                                             "logprobs",
                                                             "top_logprobs",
                                                             "n",
                                                             "functions",
                                                             "function_call",
                                                             "audio",
                                                             "web_search_options"});

/// A list of parts as Cohere has them: text, image_url; what only Cohere has as it is.
Result<json::value> content_of(const json::value* content, const std::string& field) {
  if (content == nullptr || !content->is_array()) {
    auto text = text_of(content, field);
    if (!text) return pass(text);
    return json::value(json::string(*text));
  }
  json::array parts;
  for (std::size_t i = 0; i < content->get_array().size(); ++i) {
    const auto& item = content->get_array()[i];
    const auto place = fmt::format("{}[{}]", field, i);
    if (!item.is_object()) return field_error(place, "a part must be an object");
    const auto& part = item.get_object();
    const auto type = string_member(part, "type");
    const auto* value = find_member(part, "value");
    if (type == "text" || type == "refusal") {
      parts.push_back(json::object{{"type", "text"}, {"text", string_member(part, type)}});
    } else if (type == "image_url") {
      json::object image{{"url", image_url_of(part)}};
      const auto* given = find_member(part, "image_url");
      const auto* detail = given != nullptr && given->is_object() ? find_set(given->get_object(), "detail") : nullptr;
      if (detail != nullptr) image["detail"] = *detail;
      parts.push_back(json::object{{"type", "image_url"}, {"image_url", std::move(image)}});
    } else if (type == "native" && string_member(part, "dialect") == "cohere" && value != nullptr &&
               value->is_object()) {
      parts.push_back(*value);
    } else {
      return refuse_part(part, place);
    }
  }
  return json::value(std::move(parts));
}

Result<json::object> assistant_of(const json::object& message, const std::string& field) {
  json::object out{{"role", "assistant"}};
  auto text = text_of(find_member(message, "content"), field + ".content");
  if (!text) return pass(text);
  auto calls = calls_of(message, field);
  if (!calls) return pass(calls);
  const auto thought = string_member(message, "reasoning_content");
  if (!calls->empty()) {
    if (!text->empty()) out["tool_plan"] = *text;
    json::array list;
    for (const auto& call : *calls) {
      list.push_back(json::object{{"id", call.id},
                                  {"type", "function"},
                                  {"function", json::object{{"name", call.name}, {"arguments", call.arguments}}}});
    }
    out["tool_calls"] = std::move(list);
  }
  json::array content;
  if (!thought.empty()) content.push_back(json::object{{"type", "thinking"}, {"thinking", thought}});
  if (content.empty() && calls->empty()) {
    out["content"] = *text;
  } else {
    if (calls->empty()) content.push_back(json::object{{"type", "text"}, {"text", *text}});
    if (!content.empty()) out["content"] = std::move(content);
  }
  return out;
}

Result<json::object> message_of(const json::object& message, const std::string& field) {
  const auto role = string_member(message, "role");
  if (role == "assistant") return assistant_of(message, field);
  if (role == "tool") {
    const auto id = string_member(message, "tool_call_id");
    if (id.empty()) return field_error(field + ".tool_call_id", "this provider needs the id of the call");
    auto text = tool_answer_of(message, field);
    if (!text) return pass(text);
    return json::object{{"role", "tool"}, {"tool_call_id", id}, {"content", *text}};
  }
  if (role != "user" && role != "system" && role != "developer") {
    return field_error(field + ".role",
                       fmt::format("messages of \"{}\" are not taken by this provider", utf8_prefix(role, 80)));
  }
  auto content = content_of(find_member(message, "content"), field + ".content");
  if (!content) return pass(content);
  json::object out{{"role", role == "user" ? "user" : "system"}};
  out["content"] = std::move(*content);
  return out;
}

Result<json::array> tools_of(const json::object& body, bool& is_strict) {
  json::array list;
  const auto* tools = find_set(body, "tools");
  if (tools == nullptr) return list;
  if (!tools->is_array()) return field_error("tools", "tools must be a list");
  is_strict = !tools->get_array().empty();
  for (std::size_t i = 0; i < tools->get_array().size(); ++i) {
    const auto& tool = tools->get_array()[i];
    const auto* function = tool.is_object() ? find_member(tool.get_object(), "function") : nullptr;
    if (function == nullptr || !function->is_object()) {
      return field_error(fmt::format("tools[{}]", i), "this provider takes tools of type function alone");
    }
    auto plain = function->get_object();
    const auto* strict = find_member(plain, "strict");
    is_strict = is_strict && strict != nullptr && *strict == true;
    plain.stable_erase("strict");
    list.push_back(json::object{{"type", "function"}, {"function", std::move(plain)}});
  }
  return list;
}

/// One named function is asked for by giving no other and requiring a call.
Result<void> keep_named(const json::value& choice, json::array& tools) {
  const auto* function = choice.is_object() ? find_member(choice.get_object(), "function") : nullptr;
  const auto name =
      function != nullptr && function->is_object() ? string_member(function->get_object(), "name") : std::string_view();
  if (name.empty()) return field_error("tool_choice", "use none, auto, required or the name of a function");
  json::array kept;
  for (auto& tool : tools) {
    if (string_member(tool.get_object()["function"].get_object(), "name") == name) kept.push_back(std::move(tool));
  }
  if (kept.empty()) return field_error("tool_choice", "tool_choice names a function that is not among the tools");
  tools = std::move(kept);
  return {};
}

Result<void> put_tools(const json::object& body, json::object& request) {
  bool is_strict = false;
  auto tools = tools_of(body, is_strict);
  if (!tools) return pass(tools);
  const auto* parallel = find_set(body, "parallel_tool_calls");
  if (parallel != nullptr && *parallel == false && !tools->empty()) {
    return field_error("parallel_tool_calls", "this provider cannot be kept to one call at a time");
  }
  const auto* choice = find_set(body, "tool_choice");
  if (choice != nullptr && *choice == "none") {
    request["tool_choice"] = "NONE";
  } else if (choice != nullptr && *choice != "auto") {
    if (*choice != "required") {
      auto kept = keep_named(*choice, *tools);
      if (!kept) return kept;
    }
    request["tool_choice"] = "REQUIRED";
  }
  if (tools->empty()) {
    request.erase("tool_choice");
    return {};
  }
  request["tools"] = std::move(*tools);
  if (is_strict) request["strict_tools"] = true;
  return {};
}

Result<void> put_format(const json::object& body, json::object& request) {
  auto schema = schema_of(body);
  if (!schema) return pass(schema);
  const auto* format = find_set(body, "response_format");
  if (format == nullptr || string_member(format->get_object(), "type") == "text") return {};
  json::object wanted{{"type", "json_object"}};
  if (*schema != nullptr) wanted["json_schema"] = **schema;
  request["response_format"] = std::move(wanted);
  return {};
}

void put_thinking(const json::object& body, json::object& request) {
  struct Level {
    std::string_view effort;
    std::int64_t budget;
  };
  static constexpr std::array levels{Level{"minimal", 512}, Level{"low", 1'024}, Level{"medium", 8'192}};
  const auto* thinking = find_set(body, "thinking");
  if (thinking != nullptr && thinking->is_object()) {
    const auto& wish = thinking->get_object();
    const bool is_off = string_member(wish, "type") == "disabled";
    json::object out{{"type", is_off ? "disabled" : "enabled"}};
    for (const char* name : {"budget_tokens", "token_budget"}) {
      if (const auto* budget = find_set(wish, name); budget != nullptr && !is_off) out["token_budget"] = *budget;
    }
    request["thinking"] = std::move(out);
    return;
  }
  const auto effort = string_member(body, "reasoning_effort");
  if (effort.empty()) return;
  json::object out{{"type", effort == "none" ? "disabled" : "enabled"}};
  if (const auto* level = std::ranges::find(levels, effort, &Level::effort); level != levels.end()) {
    out["token_budget"] = level->budget;
  }
  request["thinking"] = std::move(out);
}

void put_sampling(const json::object& body, json::object& request) {
  if (const auto* limit = output_limit_of(body)) request["max_tokens"] = *limit;
  if (const auto* stop = find_set(body, "stop")) {
    request["stop_sequences"] = stop->is_array() ? *stop : json::value(json::array{*stop});
  }
  for (const auto& name : renamed) {
    if (const auto* value = find_set(body, name.from)) request[name.to] = *value;
  }
  for (const auto& [key, value] : body) {
    const std::string_view name = key;
    if (value.is_null() || is_hint(name) || std::ranges::find(translated, name) != translated.end()) continue;
    request.emplace(name, value);
  }
}

json::value embed_content(const json::value& input) {
  if (input.is_string()) return json::array{json::object{{"type", "text"}, {"text", input}}};
  if (!input.is_object()) return nullptr;
  const auto& object = input.get_object();
  if (const auto* content = find_member(object, "content"); content != nullptr && content->is_array()) return *content;
  if (const auto text = string_member(object, "text"); !text.empty() && !object.contains("type")) {
    return json::array{json::object{{"type", "text"}, {"text", text}}};
  }
  if (const auto image = string_member(object, "image"); !image.empty()) {
    return json::array{json::object{{"type", "image_url"}, {"image_url", json::object{{"url", image}}}}};
  }
  return object.contains("type") ? json::value(json::array{input}) : json::value(nullptr);
}

}  // namespace

Result<json::object> encode_cohere_chat(const json::object& body, bool is_streamed) {
  auto checked = refuse_beyond_plain_chat(body);
  if (!checked) return pass(checked);
  const auto* top = find_set(body, "top_logprobs");
  if (top != nullptr && *top != 0) return field_error("top_logprobs", "this provider tells the chosen token's alone");
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return field_error("messages", "messages must be a list");
  json::array list;
  for (std::size_t i = 0; i < messages->get_array().size(); ++i) {
    const auto& message = messages->get_array()[i];
    const auto field = fmt::format("messages[{}]", i);
    if (!message.is_object()) return field_error(field, "a message must be an object");
    auto made = message_of(message.get_object(), field);
    if (!made) return pass(made);
    list.push_back(std::move(*made));
  }
  json::object request{{"model", string_member(body, "model")}, {"messages", std::move(list)}};
  auto put = put_tools(body, request);
  if (put) put = put_format(body, request);
  if (!put) return pass(put);
  put_thinking(body, request);
  if (const auto* logprobs = find_set(body, "logprobs"); logprobs != nullptr && *logprobs == true)
    request["logprobs"] = true;
  put_sampling(body, request);
  request["stream"] = is_streamed;
  return request;
}

Result<std::vector<json::object>> encode_cohere_embed(const json::object& body, std::string_view input_type) {
  auto inputs = embedding_inputs(body);
  if (!inputs) return pass(inputs);
  auto format = wants_base64(body);
  if (!format) return pass(format);
  if (const auto* types = find_set(body, "embedding_types");
      types != nullptr && *types != json::value(json::array{"float"})) {
    return field_error("embedding_types", "only float is translated; use encoding_format for base64");
  }
  json::object common{{"model", string_member(body, "model")}};
  const auto* type = find_set(body, "input_type");
  common["input_type"] = type != nullptr ? *type : json::value(input_type);
  common["embedding_types"] = json::array{"float"};
  if (const auto* dimensions = find_set(body, "dimensions")) common["output_dimension"] = *dimensions;
  for (const auto& [name, value] : body) {
    const bool is_ours = is_hint(name) || name == "model" || name == "input" || name == "dimensions" ||
                         name == "encoding_format" || name == "embedding_types";
    if (!is_ours && !value.is_null()) common.emplace(name, value);
  }
  const bool is_mixed = std::ranges::any_of(*inputs, [](const json::value* input) { return !input->is_string(); });
  std::vector<json::object> requests;
  for (std::size_t i = 0; i < inputs->size(); ++i) {
    const auto& input = *(*inputs)[i];
    if (i % inputs_a_call_max == 0) {
      requests.push_back(common);
      requests.back()[is_mixed ? "inputs" : "texts"] = json::array();
    }
    auto& list = requests.back()[is_mixed ? "inputs" : "texts"].get_array();
    if (!is_mixed) {
      list.push_back(input);
      continue;
    }
    auto content = embed_content(input);
    if (content.is_null())
      return field_error(fmt::format("input[{}]", i), "use a text, or an object with content, text or image");
    list.push_back(json::object{{"content", std::move(content)}});
  }
  return requests;
}

Result<json::object> encode_cohere_rerank(const json::object& body) {
  const auto* documents = find_member(body, "documents");
  if (documents == nullptr || !documents->is_array()) return field_error("documents", "documents must be a list");
  json::array texts;
  for (const auto& document : documents->get_array()) {
    const auto* text = document.is_object() ? find_member(document.get_object(), "text") : &document;
    texts.push_back(text != nullptr && text->is_string() ? *text
                                                         : json::value(json::string(json::serialize(document))));
  }
  json::object request{{"model", string_member(body, "model")}};
  for (const auto& [name, value] : body) {
    if (is_hint(name) || value.is_null() || name == "model" || name == "documents" || name == "return_documents")
      continue;
    request.emplace(name, value);
  }
  request["documents"] = std::move(texts);
  return request;
}

}  // namespace millwright::extensions
