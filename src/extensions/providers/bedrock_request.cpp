#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/anthropic_reasoning.hpp"
#include "extensions/providers/bedrock_conversation.hpp"
#include "extensions/providers/bedrock_messages.hpp"
#include "extensions/providers/bedrock_part.hpp"
#include "extensions/providers/bedrock_tools.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {
namespace {

/// Members of a chat that are translated below, or that are hints with no place in Converse.
constexpr auto known_members = std::to_array<std::string_view>(
    {"model",           "messages",          "stream",            "stream_options",    "max_tokens",
     "max_completion_tokens", "temperature", "top_p",             "top_k",             "stop",
     "stop_sequences",  "user",              "metadata",          "tools",             "tool_choice",
     "parallel_tool_calls", "response_format", "thinking",        "output_config",     "reasoning_effort",
     "service_tier",    "n",                 "functions",         "function_call",     "frequency_penalty",
     "presence_penalty", "logit_bias",       "logprobs",          "top_logprobs",      "seed",
     "store",           "prediction",        "modalities",        "audio",             "verbosity",
     "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "web_search_options", "cache_control",
     "inferenceConfig", "additionalModelRequestFields"});
/// Members of Converse that a caller may write as they are.
constexpr auto converse_members = std::to_array<std::string_view>({"guardrailConfig", "requestMetadata",
                                                                   "performanceConfig", "serviceTier",
                                                                   "promptVariables", "outputConfig",
                                                                   "additionalModelResponseFieldPaths"});

template <class List>
bool is_one_of(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_anthropic(std::string_view model_id) { return model_id.find("anthropic.") != std::string_view::npos; }

bool is_set(const json::value* value) { return value != nullptr && !value->is_null(); }

/// A member of `request` that is an object, made when it is not there.
json::object& object_in(json::object& request, std::string_view name) {
  auto& value = request[name];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

Result<void> refuse_what_has_no_place(const json::object& body) {
  if (const auto* n = find_member(body, "n"); is_set(n) && *n != 1) {
    return gateway::field_error("n", "this provider gives one choice a request");
  }
  for (const char* name : {"functions", "function_call"}) {
    if (is_set(find_member(body, name))) return gateway::field_error(name, "use tools and tool_choice instead");
  }
  if (is_set(find_member(body, "audio"))) return gateway::field_error("audio", "this provider answers in text alone");
  if (is_set(find_member(body, "web_search_options"))) {
    return gateway::field_error("web_search_options", "this provider does not search the web");
  }
  return {};
}

json::array stops_of(const json::object& body) {
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
  return stops;
}

void put_inference(const json::object& body, json::object& request) {
  json::object config;
  if (const auto* own = find_member(body, "inferenceConfig"); own != nullptr && own->is_object()) config = own->get_object();
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    if (const auto* limit = find_member(body, name); is_set(limit)) config["maxTokens"] = *limit;
  }
  if (const auto* temperature = find_member(body, "temperature"); is_set(temperature)) {
    // The API's scale ends at 1, OpenAI's at 2.
    const bool is_beyond = temperature->is_number() && temperature->to_number<double>() > 1;
    config["temperature"] = is_beyond ? json::value(1) : *temperature;
  }
  if (const auto* top = find_member(body, "top_p"); is_set(top)) config["topP"] = *top;
  if (auto stops = stops_of(body); !stops.empty()) config["stopSequences"] = std::move(stops);
  if (!config.empty()) request["inferenceConfig"] = std::move(config);
}

void put_tier(const json::object& body, json::object& request) {
  constexpr auto tiers = std::to_array<std::string_view>({"default", "flex", "priority", "reserved"});
  auto tier = string_member(body, "service_tier");
  if (tier == "standard" || tier == "standard_only") tier = "default";
  if (is_one_of(tiers, tier)) request.emplace("serviceTier", json::object{{"type", tier}});
}

Result<void> put_format(const json::object& body, json::object& request) {
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
  json::object definition{{"schema", json::serialize(*schema)}};
  for (const char* name : {"name", "description"}) {
    if (const auto text = string_member(wanted->get_object(), name); !text.empty()) definition[name] = text;
  }
  object_in(request, "outputConfig")["textFormat"] = json::object{
      {"type", "json_schema"}, {"structure", json::object{{"jsonSchema", std::move(definition)}}}};
  return {};
}

/// What would get around the limit that money is reserved for, or around those who read prompts.
constexpr auto guarded_fields = std::to_array<std::string_view>(
    {"max_tokens_to_sample", "maxTokens", "max_new_tokens", "max_gen_len", "maxTokenCount", "max_length",
     "num_generations", "num_results", "inferenceConfig", "textGenerationConfig", "max_tokens", "messages", "system",
     "prompt", "inputText", "n"});

/// What goes to the model past Converse: what a caller says for it, and what nobody here knows.
Result<void> put_models_own(const json::object& body, json::object& request) {
  json::object fields;
  if (const auto* own = find_member(body, "additionalModelRequestFields"); own != nullptr && own->is_object()) {
    fields = own->get_object();
  }
  for (const auto& member : body) {
    const std::string_view key = member.key();
    if (member.value().is_null() || is_one_of(known_members, key) || is_one_of(converse_members, key)) continue;
    fields.emplace(key, member.value());
  }
  for (const char* name : {"top_k", "thinking", "output_config"}) {
    if (const auto* value = find_member(body, name); is_set(value)) fields.emplace(name, *value);
  }
  for (const auto& field : fields) {
    if (is_one_of(guarded_fields, std::string_view(field.key()))) {
      return gateway::field_error(fmt::format("additionalModelRequestFields.{}", std::string_view(field.key())),
                                  "say it in the words of chat completions: max_tokens, n, messages");
    }
  }
  if (!fields.empty()) request["additionalModelRequestFields"] = std::move(fields);
  return {};
}

/// Converse has no word for one call at a time; Anthropic's models have one of their own.
Result<void> put_parallel_calls(const json::object& body, std::string_view model_id, json::object& request) {
  const auto* parallel = find_member(body, "parallel_tool_calls");
  const auto* config = find_member(request, "toolConfig");
  if (config == nullptr || parallel == nullptr || *parallel != false) return {};
  if (!is_anthropic(model_id)) {
    return gateway::field_error("parallel_tool_calls", "this model cannot be told to make one call at a time");
  }
  json::object choice{{"type", "auto"}};
  if (const auto* wanted = find_member(config->get_object(), "toolChoice"); wanted != nullptr && wanted->is_object()) {
    const auto& object = wanted->get_object();
    if (object.contains("any")) choice["type"] = "any";
    if (const auto* tool = find_member(object, "tool"); tool != nullptr && tool->is_object()) {
      choice["type"] = "tool";
      choice["name"] = string_member(tool->get_object(), "name");
    }
  }
  choice["disable_parallel_tool_use"] = true;
  object_in(request, "additionalModelRequestFields").emplace("tool_choice", std::move(choice));
  return {};
}

/// Calls made without thinking are being answered: Anthropic's models refuse to begin thinking there.
bool is_amid_calls_without_thinking(const json::object& request) {
  const auto& turns = request.at("messages").get_array();
  if (turns.size() < 2) return false;
  const auto& content = turns[turns.size() - 2].get_object().at("content").get_array();
  const bool has_calls =
      std::ranges::any_of(content, [](const auto& block) { return block.get_object().contains("toolUse"); });
  return has_calls && !content.front().get_object().contains("reasoningContent");
}

/// A `reasoning_effort` is a wish, in the words of each family of models; others are not asked.
void put_reasoning(const json::object& body, std::string_view model_id, const BedrockRules& rules,
                   json::object& request) {
  const auto effort = string_member(body, "reasoning_effort");
  if (effort.empty() || is_set(find_member(body, "thinking"))) return;
  if (model_id.find("openai.gpt-oss") != std::string_view::npos) {
    object_in(request, "additionalModelRequestFields").emplace("reasoning_effort", effort);
    return;
  }
  if (!is_anthropic(model_id)) return;
  if (is_bedrock_tool_forced(request) || is_amid_calls_without_thinking(request)) return;
  const auto* config = find_member(request, "inferenceConfig");
  const auto* limit = config != nullptr ? find_member(config->get_object(), "maxTokens") : nullptr;
  const auto planned = plan_anthropic_thinking(effort, limit != nullptr && limit->is_int64() ? limit->get_int64() : 0,
                                               rules.reasoning);
  if (planned.empty()) return;
  auto& fields = object_in(request, "additionalModelRequestFields");
  for (const auto& member : planned) fields.emplace(member.key(), member.value());
  fields.erase("top_k");
  if (config == nullptr) return;
  auto& sampling = request["inferenceConfig"].get_object();
  for (const char* name : {"temperature", "topP"}) sampling.erase(name);
}

void put_guardrail(const BedrockRules& rules, json::object& request) {
  if (rules.guardrail.empty()) return;
  // How it streams and whether it is traced is the caller's; which one it is, is not.
  auto& config = object_in(request, "guardrailConfig");
  config["guardrailIdentifier"] = rules.guardrail;
  config["guardrailVersion"] = rules.guardrail_version;
}

/// A mark on the whole request stands behind its last block.
void put_cache_point(const json::object& body, json::object& request) {
  auto point = find_bedrock_cache_point(body);
  auto& turns = request["messages"].get_array();
  if (!point || turns.empty()) return;
  auto& blocks = turns.back().get_object()["content"].get_array();
  if (!blocks.back().get_object().contains("cachePoint")) blocks.push_back(std::move(*point));
}

}  // namespace

Result<json::object> encode_bedrock_request(const json::object& body, std::string_view model_id,
                                            const BedrockRules& rules) {
  auto checked = refuse_what_has_no_place(body);
  if (!checked) return pass(checked);
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return gateway::field_error("messages", "messages must be a list");
  auto conversation = encode_bedrock_conversation(messages->get_array(), rules.s3_prefix);
  if (!conversation) return pass(conversation);
  json::object request;
  if (!conversation->system.empty()) request["system"] = std::move(conversation->system);
  request["messages"] = std::move(conversation->messages);
  put_cache_point(body, request);
  put_inference(body, request);
  auto put = put_bedrock_tools(body, conversation->tool_names, request);
  if (!put) return pass(put);
  for (const auto name : converse_members) {
    if (const auto* value = find_member(body, name); is_set(value)) request[name] = *value;
  }
  put_tier(body, request);
  put = put_format(body, request);
  if (!put) return pass(put);
  put_guardrail(rules, request);
  put = put_models_own(body, request);
  if (!put) return pass(put);
  put = put_parallel_calls(body, model_id, request);
  if (!put) return pass(put);
  put_reasoning(body, model_id, rules, request);
  return request;
}

}  // namespace millwright::extensions
