#include "extensions/providers/gemini_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "extensions/providers/gemini_contents.hpp"
#include "extensions/providers/gemini_part.hpp"
#include "extensions/providers/gemini_schema.hpp"
#include "extensions/providers/gemini_tools.hpp"

namespace millwright::extensions {
namespace {

struct Renamed {
  std::string_view from, to;
};
constexpr std::array renamed{Renamed{"temperature", "temperature"},
                             Renamed{"top_p", "topP"},
                             Renamed{"top_k", "topK"},
                             Renamed{"n", "candidateCount"},
                             Renamed{"max_tokens", "maxOutputTokens"},
                             Renamed{"max_completion_tokens", "maxOutputTokens"},
                             Renamed{"seed", "seed"},
                             Renamed{"presence_penalty", "presencePenalty"},
                             Renamed{"frequency_penalty", "frequencyPenalty"},
                             Renamed{"logprobs", "responseLogprobs"},
                             Renamed{"top_logprobs", "logprobs"}};
constexpr std::array<std::string_view, 2> own_members{"safetySettings", "labels"};

/// "thinking_config" → "thinkingConfig".
std::string camel(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_joint = name[i] == '_' && i + 1 < name.size() && !out.empty();
    out += is_joint ? static_cast<char>(std::toupper(static_cast<unsigned char>(name[++i]))) : name[i];
  }
  return out;
}

json::value camel_keys(const json::value& value, int depth) {
  if (depth > 16) return value;
  if (value.is_array()) {
    json::array out;
    for (const auto& item : value.get_array()) out.push_back(camel_keys(item, depth + 1));
    return out;
  }
  if (!value.is_object()) return value;
  json::object out;
  for (const auto& [name, member] : value.get_object()) out[camel(name)] = camel_keys(member, depth + 1);
  return out;
}

/// Models from the third generation on take a level of thinking, those before a number of tokens.
bool takes_thinking_level(std::string_view model) {
  const auto at = model.find("gemini-");
  if (at == std::string_view::npos) return false;
  const auto rest = model.substr(at + 7);
  const bool is_numbered = !rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0;
  return !is_numbered ||
         (rest[0] >= '3' || (rest.size() > 1 && std::isdigit(static_cast<unsigned char>(rest[1])) != 0));
}

Result<void> add_effort(std::string_view effort, std::string_view model, json::object& thinking) {
  struct Level {
    std::string_view effort, level;
    int budget;
  };
  // The budgets are those of Google's own reading of this field.
  constexpr std::array levels{Level{"none", "minimal", 0},   Level{"minimal", "minimal", 1'024},
                              Level{"low", "low", 1'024},    Level{"medium", "medium", 8'192},
                              Level{"high", "high", 24'576}, Level{"xhigh", "high", 24'576}};
  for (const auto& level : levels) {
    if (level.effort != effort) continue;
    if (takes_thinking_level(model))
      thinking["thinkingLevel"] = level.level;
    else
      thinking["thinkingBudget"] = level.budget;
    return {};
  }
  return gateway::field_error("reasoning_effort",
                      fmt::format("\"{}\" is not an effort; use none, minimal, low, medium or high", effort));
}

Result<void> add_thinking(const json::object& body, json::object& config) {
  json::object thinking;
  const auto model = string_member(body, "model");
  if (const auto effort = string_member(body, "reasoning_effort"); !effort.empty()) {
    auto added = add_effort(effort, model, thinking);
    if (!added) return added;
  }
  const auto* wish = find_member(body, "thinking");
  if (wish != nullptr && wish->is_object()) {
    const auto type = string_member(wish->get_object(), "type");
    const auto* budget = find_member(wish->get_object(), "budget_tokens");
    if (type == "disabled") {
      thinking.clear();
      auto added = add_effort("none", model, thinking);
      if (!added) return added;
    } else {
      thinking["includeThoughts"] = true;
      if (budget != nullptr && budget->is_number()) {
        thinking.erase("thinkingLevel");  // both together are refused; the number says more
        thinking["thinkingBudget"] = *budget;
      }
    }
  }
  if (!thinking.empty()) config["thinkingConfig"] = std::move(thinking);
  return {};
}

Result<void> add_format(const json::object& body, json::object& config) {
  const auto* format = find_member(body, "response_format");
  if (format == nullptr || format->is_null()) return {};
  if (!format->is_object()) return gateway::field_error("response_format", "response_format must be an object");
  const auto type = string_member(format->get_object(), "type");
  if (type == "text") return {};
  if (type == "json_object") {
    config["responseMimeType"] = "application/json";
    return {};
  }
  const auto* wrapped = find_member(format->get_object(), "json_schema");
  const auto* schema =
      wrapped != nullptr && wrapped->is_object() ? find_member(wrapped->get_object(), "schema") : nullptr;
  if (type != "json_schema" || schema == nullptr || !schema->is_object()) {
    return gateway::field_error("response_format", "use text, json_object, or json_schema with a schema");
  }
  config["responseMimeType"] = "application/json";
  auto cleaned = clean_gemini_schema(schema->get_object());
  if (cleaned.is_exact)
    config["responseSchema"] = std::move(cleaned.schema);
  else
    config["responseJsonSchema"] = *schema;
  return {};
}

void add_stops(const json::object& body, json::object& config) {
  const auto* stop = find_member(body, "stop");
  if (stop == nullptr || stop->is_null()) return;
  config["stopSequences"] = stop->is_array() ? *stop : json::value(json::array{*stop});
}

void add_modalities(const json::object& body, json::object& config) {
  const auto* modalities = find_member(body, "modalities");
  if (modalities != nullptr && modalities->is_array()) {
    json::array names;
    for (const auto& name : modalities->get_array()) {
      if (!name.is_string()) continue;
      std::string upper(name.get_string());
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      names.push_back(json::string(upper));
    }
    config["responseModalities"] = std::move(names);
  }
  const auto* audio = find_member(body, "audio");
  const auto voice =
      audio != nullptr && audio->is_object() ? string_member(audio->get_object(), "voice") : std::string_view();
  if (voice.empty()) return;
  json::object prebuilt{{"prebuiltVoiceConfig", json::object{{"voiceName", voice}}}};
  config["speechConfig"] = json::object{{"voiceConfig", std::move(prebuilt)}};
}

void merge_into(json::object& target, const json::object& more) {
  for (const auto& [name, value] : more) {
    auto& place = target[name];
    if (place.is_object() && value.is_object())
      merge_into(place.get_object(), value.get_object());
    else
      place = value;
  }
}

/// Text kept at the provider: no guard has read it and no budget has reserved for it.
std::unexpected<Error> refuse_cached_content(std::string field) {
  return gateway::field_error(std::move(field), "content cached at the provider is not taken: send the text itself");
}

/// What the caller said in Gemini's words: of the configuration what is not known here, the rest as it is.
Result<void> add_own_words(const json::object& body, json::object& config, json::object& request) {
  if (const auto* own = find_member(body, "generationConfig"); own != nullptr && own->is_object()) {
    merge_into(config, own->get_object());
  }
  if (body.contains("cachedContent")) return refuse_cached_content("cachedContent");
  for (const auto name : own_members) {
    if (const auto* value = find_member(body, name)) request[name] = *value;
  }
  const auto* extra = find_member(body, "extra_body");
  const auto* google = extra != nullptr && extra->is_object() ? find_member(extra->get_object(), "google") : nullptr;
  if (google == nullptr) google = find_member(body, "google");
  if (google == nullptr || !google->is_object()) return {};
  for (const auto& [name, value] : google->get_object()) {
    const auto key = camel(name);
    if (key == "cachedContent") return refuse_cached_content("google." + std::string(name));
    if (key == "labels") request[key] = value;
    else if (std::ranges::find(own_members, key) != own_members.end()) request[key] = camel_keys(value, 0);
    else merge_into(config, json::object{{key, camel_keys(value, 0)}});
  }
  return {};
}

Result<json::object> configuration_of(const json::object& body) {
  json::object config;
  for (const auto& name : renamed) {
    const auto* value = find_member(body, name.from);
    if (value != nullptr && !value->is_null()) config[name.to] = *value;
  }
  add_stops(body, config);
  add_modalities(body, config);
  auto added = add_format(body, config);
  if (added) added = add_thinking(body, config);
  if (!added) return pass(added);
  return config;
}

}  // namespace

Result<json::object> render_gemini_request(const json::object& body) {
  json::object request;
  auto added = add_gemini_contents(body, request);
  if (added) added = add_gemini_tools(body, request);
  if (!added) return pass(added);
  auto config = configuration_of(body);
  if (!config) return pass(config);
  added = add_own_words(body, *config, request);
  if (!added) return pass(added);
  // The bound on the answer is the gateway's: money was reserved for it.
  for (const std::string_view name : {"max_tokens", "max_completion_tokens", "n"}) {
    const auto* value = find_member(body, name);
    if (value != nullptr && !value->is_null())
      (*config)[name == "n" ? "candidateCount" : "maxOutputTokens"] = *value;
    else if (name == "n")
      config->erase("candidateCount");
  }
  if (!config->empty()) request["generationConfig"] = std::move(*config);
  return request;
}

std::string gemini_model_path(std::string_view id) {
  std::string path = id.find('/') == std::string_view::npos ? "models/" : "";
  for (const char c : id) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                          std::string_view("-._~/@").find(c) != std::string_view::npos;
    if (is_plain)
      path += c;
    else
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return path;
}

}  // namespace millwright::extensions
