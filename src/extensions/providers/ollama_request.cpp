#include "extensions/providers/ollama_request.hpp"

#include <algorithm>
#include <array>

#include "extensions/providers/chat_content.hpp"
#include "extensions/providers/embeddings.hpp"

namespace millwright::extensions {
namespace {

using gateway::field_error;

struct Renamed {
  std::string_view from, to;
};
constexpr std::array sampling{Renamed{"temperature", "temperature"},
                              Renamed{"top_p", "top_p"},
                              Renamed{"top_k", "top_k"},
                              Renamed{"min_p", "min_p"},
                              Renamed{"seed", "seed"},
                              Renamed{"presence_penalty", "presence_penalty"},
                              Renamed{"frequency_penalty", "frequency_penalty"},
                              Renamed{"repetition_penalty", "repeat_penalty"}};
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
                                                             "options",
                                                             "n",
                                                             "functions",
                                                             "function_call",
                                                             "audio",
                                                             "web_search_options",
                                                             "keep_alive",
                                                             "input",
                                                             "encoding_format"});

/// Text and images of a user's content; the API keeps them apart.
Result<void> put_content(const json::value* content, const std::string& field, json::object& out) {
  if (content == nullptr || !content->is_array()) {
    auto text = text_of(content, field);
    if (!text) return pass(text);
    out["content"] = std::move(*text);
    return {};
  }
  json::array words, images;
  for (std::size_t i = 0; i < content->get_array().size(); ++i) {
    const auto& item = content->get_array()[i];
    const auto place = fmt::format("{}[{}]", field, i);
    const bool is_image = item.is_object() && string_member(item.get_object(), "type") == "image_url";
    if (!is_image) {
      // Checked alone, so that an error names the place among all parts.
      if (!item.is_object()) return field_error(place, "a part must be an object");
      const auto type = string_member(item.get_object(), "type");
      if (type != "text" && type != "refusal") return refuse_part(item.get_object(), place);
      words.push_back(item);
      continue;
    }
    const auto data = find_data_url(image_url_of(item.get_object()));
    if (!data)
      return field_error(place + ".image_url.url", "an image must be a base64 data URL: this server fetches none");
    images.push_back(json::string(data->base64));
  }
  const json::value rest(std::move(words));
  auto text = text_of(&rest, field);
  if (!text) return pass(text);
  out["content"] = std::move(*text);
  if (!images.empty()) out["images"] = std::move(images);
  return {};
}

class Conversation {
 public:
  Result<void> add(const json::object& message, const std::string& field) {
    const auto role = string_member(message, "role");
    if (role == "tool" || role == "function") return add_tool_answer(message, field);
    json::object out{{"role", role == "developer" ? "system" : role}};
    auto put = put_content(find_member(message, "content"), field + ".content", out);
    if (!put) return put;
    if (role == "assistant") {
      put = add_calls(message, field, out);
      if (!put) return put;
    }
    messages_.push_back(std::move(out));
    return {};
  }
  [[nodiscard]] json::array take() { return std::move(messages_); }

 private:
  Result<void> add_calls(const json::object& message, const std::string& field, json::object& out) {
    if (const auto thought = string_member(message, "reasoning_content"); !thought.empty()) out["thinking"] = thought;
    auto calls = calls_of(message, field);
    if (!calls) return pass(calls);
    json::array list;
    for (auto& call : *calls) {
      json::object made;
      if (!call.id.empty()) made["id"] = call.id;
      made["function"] = json::object{{"name", call.name}, {"arguments", *parse_json_object(call.arguments)}};
      list.push_back(std::move(made));
      known_.push_back(std::move(call));
    }
    if (!list.empty()) out["tool_calls"] = std::move(list);
    return {};
  }

  Result<void> add_tool_answer(const json::object& message, const std::string& field) {
    const auto id = string_member(message, "tool_call_id");
    auto name = std::string(string_member(message, "name"));
    for (const auto& call : known_) {
      if (!id.empty() && call.id == id) name = call.name;
    }
    if (name.empty()) return field_error(field + ".tool_call_id", "no call with this id stands before it");
    auto text = tool_answer_of(message, field);
    if (!text) return pass(text);
    json::object out{{"role", "tool"}, {"content", std::move(*text)}, {"tool_name", name}};
    if (!id.empty()) out["tool_call_id"] = id;
    messages_.push_back(std::move(out));
    return {};
  }

  json::array messages_;
  std::vector<ToolCall> known_;
};

Result<void> put_tools(const json::object& body, json::object& request) {
  if (const auto* choice = find_set(body, "tool_choice"); choice != nullptr && *choice != "auto") {
    if (*choice == "none") return {};
    return field_error("tool_choice", "this server knows no tool_choice but auto and none");
  }
  const auto* tools = find_set(body, "tools");
  if (tools == nullptr) return {};
  if (!tools->is_array()) return field_error("tools", "tools must be a list");
  json::array list;
  for (std::size_t i = 0; i < tools->get_array().size(); ++i) {
    const auto& tool = tools->get_array()[i];
    const auto* function = tool.is_object() ? find_member(tool.get_object(), "function") : nullptr;
    if (function == nullptr || !function->is_object()) {
      return field_error(fmt::format("tools[{}]", i), "this server takes tools of type function alone");
    }
    auto plain = function->get_object();
    plain.stable_erase("strict");
    list.push_back(json::object{{"type", "function"}, {"function", std::move(plain)}});
  }
  if (!list.empty()) request["tools"] = std::move(list);
  return {};
}

/// gpt-oss takes levels, other models an on or off.
void put_thinking(const json::object& body, json::object& request) {
  if (const auto effort = string_member(body, "reasoning_effort"); !effort.empty()) {
    const bool has_levels = string_member(body, "model").find("gpt-oss") != std::string_view::npos;
    if (effort == "none")
      request["think"] = false;
    else if (!has_levels)
      request["think"] = true;
    else
      request["think"] = effort == "minimal" ? "low" : effort == "xhigh" ? "high" : effort;
  }
  const auto* thinking = find_set(body, "thinking");
  if (thinking == nullptr || !thinking->is_object() || request.contains("think")) return;
  request["think"] = string_member(thinking->get_object(), "type") != "disabled";
}

void put_options(const json::object& body, const OllamaDefaults& defaults, json::object& request) {
  json::object options;
  if (const auto* own = find_set(body, "options"); own != nullptr && own->is_object()) options = own->get_object();
  for (const auto& name : sampling) {
    if (const auto* value = find_set(body, name.from)) options[name.to] = *value;
  }
  if (const auto* stop = find_set(body, "stop"))
    options["stop"] = stop->is_array() ? *stop : json::value(json::array{*stop});
  if (defaults.context_tokens > 0 && !options.contains("num_ctx")) options["num_ctx"] = defaults.context_tokens;
  // The bound on the answer is the gateway's: money was reserved for it.
  options.stable_erase("num_predict");
  if (const auto* limit = output_limit_of(body)) options["num_predict"] = *limit;
  if (!options.empty()) request["options"] = std::move(options);
}

void put_rest(const json::object& body, const OllamaDefaults& defaults, json::object& request) {
  if (const auto* keep = find_set(body, "keep_alive"))
    request["keep_alive"] = *keep;
  else if (!defaults.keep_alive.is_null())
    request["keep_alive"] = defaults.keep_alive;
  for (const auto& [key, value] : body) {
    const std::string_view name = key;
    const bool is_ours = std::ranges::find(translated, name) != translated.end() || is_hint(name) ||
                         std::ranges::find(sampling, name, &Renamed::from) != sampling.end();
    if (!is_ours && !value.is_null()) request.emplace(name, value);
  }
}

}  // namespace

Result<json::object> encode_ollama_chat(const json::object& body, bool is_streamed, const OllamaDefaults& defaults) {
  auto checked = refuse_beyond_plain_chat(body);
  if (!checked) return pass(checked);
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return field_error("messages", "messages must be a list");
  Conversation conversation;
  for (std::size_t i = 0; i < messages->get_array().size(); ++i) {
    const auto& message = messages->get_array()[i];
    const auto field = fmt::format("messages[{}]", i);
    if (!message.is_object()) return field_error(field, "a message must be an object");
    auto added = conversation.add(message.get_object(), field);
    if (!added) return pass(added);
  }
  json::object request{{"model", string_member(body, "model")}, {"messages", conversation.take()}};
  auto put = put_tools(body, request);
  if (!put) return pass(put);
  auto schema = schema_of(body);
  if (!schema) return pass(schema);
  const auto* format = find_set(body, "response_format");
  if (*schema != nullptr)
    request["format"] = **schema;
  else if (format != nullptr && string_member(format->get_object(), "type") == "json_object")
    request["format"] = "json";
  put_thinking(body, request);
  put_options(body, defaults, request);
  put_rest(body, defaults, request);
  request["stream"] = is_streamed;  // the server streams unless told not to
  return request;
}

Result<json::object> encode_ollama_embed(const json::object& body, const OllamaDefaults& defaults) {
  auto inputs = embedding_inputs(body);
  if (!inputs) return pass(inputs);
  auto format = wants_base64(body);
  if (!format) return pass(format);
  json::array texts;
  for (std::size_t i = 0; i < inputs->size(); ++i) {
    const auto& input = *(*inputs)[i];
    const auto* text = input.is_object() ? find_member(input.get_object(), "text") : &input;
    if (text == nullptr || !text->is_string())
      return field_error(fmt::format("input[{}]", i), "this server embeds texts alone");
    texts.push_back(*text);
  }
  json::object request{{"model", string_member(body, "model")}, {"input", std::move(texts)}};
  put_rest(body, defaults, request);
  return request;
}

}  // namespace millwright::extensions
