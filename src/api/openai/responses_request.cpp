#include "api/openai/responses_request.hpp"

#include <algorithm>
#include <array>

#include "api/openai/responses_items.hpp"
#include "api/openai/responses_tools.hpp"
#include "api/openai/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t items_max = 4'000;
constexpr std::size_t metadata_pairs_max = 16, metadata_key_max = 64, metadata_value_max = 512;

/// A member that is there and not null.
const json::value* find_set(const json::object& body, std::string_view name) {
  const auto* value = find_member(body, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<void> read_flag(const json::object& body, std::string_view name, bool& flag) {
  const auto* value = find_set(body, name);
  if (value == nullptr) return {};
  if (!value->is_bool()) return field_error(std::string(name), fmt::format("{} must be true or false", name));
  flag = value->get_bool();
  return {};
}

Result<void> read_text(const json::object& body, std::string_view name, std::string& text) {
  const auto* value = find_set(body, name);
  if (value == nullptr) return {};
  if (!value->is_string()) return field_error(std::string(name), fmt::format("{} must be a string", name));
  text = value->get_string();
  return {};
}

std::unexpected<Error> refusal(std::string_view field, std::string_view why, std::string_view fix) {
  auto error = field_error(std::string(field), fmt::format("{} {}", field, why));
  error.error().fix = fix;
  return error;
}

/// Fields that only the provider's own service could obey, and those of chat completions, which have other names here.
Result<void> refuse_foreign(const json::object& body) {
  struct Foreign {
    std::string_view name, why, fix;
  };
  constexpr std::string_view is_chat = "is a field of chat completions";
  constexpr std::array<Foreign, 11> foreign{{
      {"conversation", "is kept by the provider and cannot travel", "Use previous_response_id."},
      {"prompt", "names a template at the provider and cannot travel", "Prompts are part of a use case's release."},
      {"context_management", "is work of the provider and cannot travel", ""},
      {"messages", is_chat, "Use input."},
      {"n", is_chat, "A response has one answer."},
      {"functions", is_chat, "Use tools."},
      {"function_call", is_chat, "Use tool_choice."},
      {"response_format", is_chat, "Use text.format."},
      {"max_tokens", is_chat, "Use max_output_tokens."},
      {"max_completion_tokens", is_chat, "Use max_output_tokens."},
      {"reasoning_effort", is_chat, "Use reasoning.effort."},
  }};
  for (const auto& [name, why, fix] : foreign) {
    if (find_set(body, name) != nullptr) return refusal(name, why, fix);
  }
  std::string truncation;
  if (auto read = read_text(body, "truncation", truncation); !read) return read;
  if (truncation.empty() || truncation == "disabled") return {};
  return refusal("truncation", "must be \"disabled\": nothing is dropped from a conversation unseen", "");
}

Result<void> read_input(ResponsesRequest& request, const json::object& body) {
  const auto* input = find_set(body, "input");
  if (input == nullptr) return field_error("input", "input must be a string or a list of items");
  if (input->is_string()) {
    json::object part{{"type", "input_text"}, {"text", *input}};
    request.input.push_back(
        json::object{{"type", "message"}, {"role", "user"}, {"content", json::array{std::move(part)}}});
    return {};
  }
  if (!input->is_array()) return field_error("input", "input must be a string or a list of items");
  const auto& items = input->get_array();
  if (items.size() > items_max) return field_error("input", fmt::format("at most {} items are taken", items_max));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_object()) return field_error(fmt::format("input[{}]", i), "an item must be an object");
    request.input.push_back(items[i]);
  }
  return {};
}

Result<void> read_metadata(ResponsesRequest& request, const json::object& body) {
  request.shown["metadata"] = json::object();
  const auto* metadata = find_set(body, "metadata");
  if (metadata == nullptr) return {};
  if (!metadata->is_object()) return field_error("metadata", "metadata must be an object of texts");
  if (metadata->get_object().size() > metadata_pairs_max) {
    return field_error("metadata", fmt::format("at most {} pairs are taken", metadata_pairs_max));
  }
  for (const auto& pair : metadata->get_object()) {
    const auto field = fmt::format("metadata.{}", utf8_prefix(pair.key(), metadata_key_max));
    if (pair.key().size() > metadata_key_max) {
      return field_error(field, fmt::format("a name has at most {} bytes", metadata_key_max));
    }
    if (!pair.value().is_string() || pair.value().get_string().size() > metadata_value_max) {
      return field_error(field, fmt::format("a value must be a string of at most {} bytes", metadata_value_max));
    }
  }
  request.shown["metadata"] = *metadata;
  return {};
}

Result<void> read_output_limit(ResponsesRequest& request, const json::object& body) {
  request.shown["max_output_tokens"] = nullptr;
  const auto* limit = find_set(body, "max_output_tokens");
  if (limit == nullptr) return {};
  if (!limit->is_int64() || limit->get_int64() < 1) {
    return field_error("max_output_tokens", "max_output_tokens must be a whole number of at least 1");
  }
  request.chat["max_completion_tokens"] = *limit;
  request.shown["max_output_tokens"] = *limit;
  return {};
}

Result<void> read_sampling(ResponsesRequest& request, const json::object& body) {
  // What was not asked for is shown as the API's own default, though the provider's may differ: clients read numbers.
  struct Setting {
    const char* name;
    json::value usual;
  };
  for (const auto& [name, usual] : {Setting{"temperature", 1}, Setting{"top_p", 1}, Setting{"presence_penalty", 0},
                                    Setting{"frequency_penalty", 0}}) {
    request.shown[name] = usual;
    const auto* value = find_set(body, name);
    if (value == nullptr) continue;
    if (!value->is_number()) return field_error(name, fmt::format("{} must be a number", name));
    request.chat[name] = request.shown[name] = *value;
  }
  request.shown["top_logprobs"] = 0;
  if (const auto* count = find_set(body, "top_logprobs")) {
    if (!count->is_int64() || count->get_int64() < 0 || count->get_int64() > 20) {
      return field_error("top_logprobs", "top_logprobs must be a whole number from 0 to 20");
    }
    request.shown["top_logprobs"] = *count;
    if (*count != 0) {
      request.chat["logprobs"] = request.shows_logprobs = true;
      request.chat["top_logprobs"] = *count;
    }
  }
  return {};
}

/// Limits calls of hosted tools, of which there are none.
Result<void> read_tool_limit(ResponsesRequest& request, const json::object& body) {
  request.shown["max_tool_calls"] = nullptr;
  const auto* limit = find_set(body, "max_tool_calls");
  if (limit == nullptr) return {};
  if (!limit->is_int64() || limit->get_int64() < 1) {
    return field_error("max_tool_calls", "max_tool_calls must be a whole number of at least 1");
  }
  request.shown["max_tool_calls"] = *limit;
  return {};
}

Result<void> read_include(ResponsesRequest& request, const json::object& body) {
  const auto* include = find_set(body, "include");
  if (include == nullptr) return {};
  if (!include->is_array()) return field_error("include", "include must be a list of names");
  // The rest concerns hosted tools, which no request here can have, or what is never left out.
  constexpr std::array<std::string_view, 7> known{
      "reasoning.encrypted_content",   "message.output_text.logprobs",          "message.input_image.image_url",
      "file_search_call.results",      "computer_call_output.output.image_url", "code_interpreter_call.outputs",
      "web_search_call.action.sources"};
  const auto& names = include->get_array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i].is_string() ? std::string_view(names[i].get_string()) : std::string_view();
    if (std::ranges::find(known, name) == known.end()) {
      return field_error(fmt::format("include[{}]", i),
                         fmt::format("\"{}\" cannot be included", utf8_prefix(name, 60)));
    }
    if (name == known[0]) request.shows_encrypted_reasoning = true;
    if (name == known[1]) request.chat["logprobs"] = request.shows_logprobs = true;
  }
  return {};
}

Result<void> read_reasoning(ResponsesRequest& request, const json::object& body) {
  json::object shown{{"effort", nullptr}, {"summary", nullptr}};
  if (const auto* reasoning = find_set(body, "reasoning")) {
    if (!reasoning->is_object()) return field_error("reasoning", "reasoning must be an object");
    const auto& object = reasoning->get_object();
    if (const auto* effort = find_set(object, "effort")) {
      if (!effort->is_string()) return field_error("reasoning.effort", "effort must be a string");
      request.chat["reasoning_effort"] = *effort;
    }
    for (const auto& member : object) shown[member.key()] = member.value();
  }
  request.shown["reasoning"] = std::move(shown);
  return {};
}

Result<void> read_how(ResponsesRequest& request, const json::object& body) {
  for (const auto& [name, flag] : {std::pair{"stream", &request.is_streamed}, std::pair{"store", &request.is_stored},
                                   std::pair{"background", &request.is_background}}) {
    auto read = read_flag(body, name, *flag);
    if (!read) return read;
  }
  if (auto read = read_text(body, "instructions", request.instructions); !read) return read;
  if (auto read = read_text(body, "previous_response_id", request.previous_response); !read) return read;
  if (request.is_background && !request.is_stored) {
    return refusal("background", "needs store: an answer that nobody waits for must be kept", "");
  }
  const auto* options = find_set(body, "stream_options");
  if (options == nullptr) return {};
  if (!options->is_object()) return field_error("stream_options", "stream_options must be an object");
  if (!request.is_streamed) return field_error("stream_options", "stream_options is only for streams");
  request.chat["stream_options"] = *options;
  return {};
}

/// A listed message has parts, also where its text came alone.
void list_content(json::object& message) {
  auto* content = message.if_contains("content");
  if (content == nullptr || !content->is_string()) return;
  const bool is_said = string_member(message, "role") == "assistant";
  json::object part{{"type", is_said ? "output_text" : "input_text"}, {"text", *content}};
  if (is_said) part["annotations"] = json::array();
  *content = json::array{std::move(part)};
}

/// Everything the readers above did not take: to the provider as it is.
void pass_on_others(ResponsesRequest& request, json::object& body) {
  // metadata and store concern what is kept here.
  constexpr std::array<std::string_view, 27> taken{"model",
                                                   "input",
                                                   "instructions",
                                                   "previous_response_id",
                                                   "stream",
                                                   "stream_options",
                                                   "store",
                                                   "background",
                                                   "include",
                                                   "metadata",
                                                   "reasoning",
                                                   "text",
                                                   "tools",
                                                   "tool_choice",
                                                   "max_output_tokens",
                                                   "temperature",
                                                   "top_p",
                                                   "top_logprobs",
                                                   "presence_penalty",
                                                   "frequency_penalty",
                                                   "truncation",
                                                   "max_tool_calls",
                                                   "conversation",
                                                   "prompt",
                                                   "messages",
                                                   "n",
                                                   "context_management"};
  for (auto& member : body) {
    if (std::ranges::find(taken, std::string_view(member.key())) != taken.end() || member.value().is_null()) continue;
    request.chat[member.key()] = member.value();
  }
  request.shown["parallel_tool_calls"] = true;
  request.shown["service_tier"] = "auto";
  for (const char* name : {"user", "prompt_cache_key", "safety_identifier"}) request.shown[name] = nullptr;
  for (const char* name : {"parallel_tool_calls", "user", "service_tier", "prompt_cache_key", "safety_identifier",
                           "prompt_cache_retention"}) {
    if (const auto* value = find_set(body, name)) request.shown[name] = *value;
  }
}

}  // namespace

Result<ResponsesRequest> parse_responses_request(json::object body) {
  ResponsesRequest request;
  if (auto read = read_text(body, "model", request.model); !read) return pass(read);
  if (request.model.empty()) return field_error("model", "model must name a use case or a model");
  using Reader = Result<void> (*)(ResponsesRequest&, const json::object&);
  if (auto refused = refuse_foreign(body); !refused) return pass(refused);
  for (const Reader read : {Reader(read_how), Reader(read_input), Reader(read_output_limit), Reader(read_sampling),
                            Reader(read_tool_limit), Reader(read_include), Reader(read_reasoning), Reader(read_metadata)}) {
    auto done = read(request, body);
    if (!done) return pass(done);
  }
  if (auto read = read_tools(body, request.chat, request.shown); !read) return pass(read);
  if (auto read = read_text_format(body, request.chat, request.shown); !read) return pass(read);
  pass_on_others(request, body);
  request.chat["model"] = request.model;
  if (request.is_streamed) request.chat["stream"] = true;
  auto& shown = request.shown;
  shown["background"] = request.is_background;
  shown["store"] = request.is_stored;
  shown["truncation"] = "disabled";
  shown["instructions"] = request.instructions.empty() ? json::value(nullptr) : json::value(request.instructions);
  shown["previous_response_id"] =
      request.previous_response.empty() ? json::value(nullptr) : json::value(request.previous_response);
  return request;
}

Result<json::object> chat_of(const ResponsesRequest& request, const json::array& before) {
  Conversation conversation;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i].is_object()) return fail(ErrorCode::Corrupt, "a stored item is no object");
    auto added = conversation.add(before[i].get_object(), "previous_response_id");
    if (!added) return pass(added);
  }
  for (std::size_t i = 0; i < request.input.size(); ++i) {
    auto added = conversation.add(request.input[i].get_object(), fmt::format("input[{}]", i));
    if (!added) return pass(added);
  }
  auto said = conversation.finish();
  if (said.empty()) return field_error("input", "input must not be empty");
  if (said.size() > items_max) {
    return field_error("previous_response_id", fmt::format("the conversation has more than {} messages", items_max));
  }
  json::array messages;
  if (!request.instructions.empty()) {
    messages.push_back(json::object{{"role", "system"}, {"content", request.instructions}});
  }
  for (auto& message : said) messages.push_back(std::move(message));
  json::object chat = request.chat;
  chat["messages"] = std::move(messages);
  return chat;
}

void number_items(json::array& items, std::string_view tag) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_object()) continue;
    auto& item = items[i].get_object();
    if (find_member(item, "type") == nullptr) item["type"] = "message";
    const std::string type(string_member(item, "type"));   // the item grows below, and moves its members
    if (type == "message") list_content(item);
    const bool has_status = type == "message" || type == "function_call" || type == "function_call_output";
    if (has_status && string_member(item, "status").empty()) item["status"] = "completed";
    if (!string_member(item, "id").empty()) continue;
    const std::string_view prefix = type == "message"                ? "msg"
                                    : type == "function_call"        ? "fc"
                                    : type == "function_call_output" ? "fco"
                                                                     : "rs";
    item["id"] = fmt::format("{}_{}i{}", prefix, tag, i);
  }
}

}  // namespace millwright::api::openai
