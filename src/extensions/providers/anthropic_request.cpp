#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/anthropic_conversation.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/anthropic_part.hpp"
#include "extensions/providers/anthropic_reasoning.hpp"
#include "extensions/providers/anthropic_tools.hpp"

namespace millwright::extensions {
namespace {

/// Members of a chat that are translated below, or that are hints with no place in a Messages request.
constexpr auto known_members = std::to_array<std::string_view>({"model",
                                                                "messages",
                                                                "stream",
                                                                "stream_options",
                                                                "max_tokens",
                                                                "max_completion_tokens",
                                                                "temperature",
                                                                "stop",
                                                                "stop_sequences",
                                                                "user",
                                                                "metadata",
                                                                "tools",
                                                                "tool_choice",
                                                                "parallel_tool_calls",
                                                                "response_format",
                                                                "output_config",
                                                                "thinking",
                                                                "reasoning_effort",
                                                                "service_tier",
                                                                "n",
                                                                "functions",
                                                                "function_call",
                                                                "frequency_penalty",
                                                                "presence_penalty",
                                                                "logit_bias",
                                                                "logprobs",
                                                                "top_logprobs",
                                                                "seed",
                                                                "store",
                                                                "prediction",
                                                                "modalities",
                                                                "audio",
                                                                "verbosity",
                                                                "prompt_cache_key",
                                                                "prompt_cache_retention",
                                                                "safety_identifier",
                                                                "web_search_options"});

bool is_known(std::string_view name) { return std::ranges::find(known_members, name) != known_members.end(); }

bool is_set(const json::value* value) { return value != nullptr && !value->is_null(); }

Result<void> refuse_what_has_no_place(const json::object& body) {
  if (const auto* n = find_member(body, "n"); is_set(n) && *n != 1) {
    return gateway::field_error("n", "this provider gives one choice a request");
  }
  for (const char* name : {"functions", "function_call"}) {
    if (is_set(find_member(body, name))) return gateway::field_error(name, "use tools and tool_choice instead");
  }
  if (is_set(find_member(body, "audio"))) return gateway::field_error("audio", "this provider answers in text alone");
  if (is_set(find_member(body, "web_search_options"))) {
    return gateway::field_error("web_search_options", "use a native tool of this provider for searching the web");
  }
  return {};
}

Result<void> put_limit(const json::object& body, json::object& request) {
  for (const char* name : {"max_completion_tokens", "max_tokens"}) {
    const auto* limit = find_member(body, name);
    if (!is_set(limit)) continue;
    request["max_tokens"] = *limit;
    return {};
  }
  return gateway::field_error("max_tokens", "this provider needs a limit on the answer");
}

void put_stops(const json::object& body, json::object& request) {
  json::array stops;
  for (const char* name : {"stop", "stop_sequences"}) {
    const auto* stop = find_member(body, name);
    if (stop == nullptr) continue;
    if (stop->is_string() && !stop->get_string().empty()) stops.push_back(*stop);
    if (!stop->is_array()) continue;
    for (const auto& text : stop->get_array()) {
      if (!text.is_string() || !text.get_string().empty()) stops.push_back(text);
    }
  }
  if (!stops.empty()) request["stop_sequences"] = std::move(stops);
}

/// The end user as an opaque id; of OpenAI's metadata, a map of anything, the API takes nothing else.
void put_user(const json::object& body, json::object& request) {
  auto user = string_member(body, "user");
  const auto* metadata = find_member(body, "metadata");
  if (user.empty() && metadata != nullptr && metadata->is_object()) {
    user = string_member(metadata->get_object(), "user_id");
  }
  if (!user.empty()) request["metadata"] = json::object{{"user_id", user}};
}

void put_sampling(const json::object& body, json::object& request) {
  if (const auto* temperature = find_member(body, "temperature"); is_set(temperature)) {
    // The API's scale ends at 1, OpenAI's at 2.
    const bool is_beyond = temperature->is_number() && temperature->to_number<double>() > 1;
    request["temperature"] = is_beyond ? json::value(1) : *temperature;
  }
  const auto tier = string_member(body, "service_tier");
  if (tier == "auto" || tier == "standard_only") request["service_tier"] = tier;
  if (tier == "default") request["service_tier"] = "standard_only";
}

Result<void> put_format(const json::object& body, json::object& request) {
  if (const auto* config = find_member(body, "output_config"); is_set(config)) request["output_config"] = *config;
  const auto* format = find_member(body, "response_format");
  if (!is_set(format)) return {};
  const auto type = format->is_object() ? string_member(format->get_object(), "type") : std::string_view();
  if (type == "text") return {};
  const auto* wanted = type == "json_schema" ? find_member(format->get_object(), "json_schema") : nullptr;
  const auto* schema = wanted != nullptr && wanted->is_object() ? find_member(wanted->get_object(), "schema") : nullptr;
  if (schema == nullptr || !schema->is_object()) {
    return gateway::field_error("response_format",
                                "this provider promises JSON only by a schema: use json_schema with "
                                "the schema of an object");
  }
  auto& config = request["output_config"];
  if (!config.is_object()) config = json::object();
  config.get_object()["format"] = json::object{{"type", "json_schema"}, {"schema", *schema}};
  return {};
}

void let_the_rest_travel(const json::object& body, json::object& request) {
  for (const auto& member : body) {
    if (member.value().is_null() || is_known(member.key())) continue;
    request.emplace(member.key(), member.value());
  }
}

}  // namespace

Result<json::object> encode_anthropic_request(const json::object& body, bool is_streamed,
                                              AnthropicReasoning reasoning) {
  auto checked = refuse_what_has_no_place(body);
  if (!checked) return pass(checked);
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return gateway::field_error("messages", "messages must be a list");
  json::object request{{"model", string_member(body, "model")}};
  auto put = put_limit(body, request);
  if (!put) return pass(put);
  auto conversation = encode_anthropic_conversation(messages->get_array());
  if (!conversation) return pass(conversation);
  if (!conversation->system.is_null()) request["system"] = std::move(conversation->system);
  request["messages"] = std::move(conversation->messages);
  put = put_anthropic_tools(body, request);
  if (!put) return pass(put);
  put = put_format(body, request);
  if (!put) return pass(put);
  put_stops(body, request);
  put_user(body, request);
  put_sampling(body, request);
  let_the_rest_travel(body, request);
  put_anthropic_reasoning(body, reasoning, request);
  if (is_streamed) request["stream"] = true;
  return request;
}

}  // namespace millwright::extensions
