#include "extensions/providers/gemini_answer.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extensions/providers/gemini_contents.hpp"
#include "extensions/providers/gemini_logprobs.hpp"

namespace millwright::extensions {
namespace {

constexpr std::array<std::string_view, 11> filtered{"SAFETY",       "RECITATION",         "LANGUAGE",
                                                    "BLOCKLIST",    "PROHIBITED_CONTENT", "SPII",
                                                    "IMAGE_SAFETY", "IMAGE_RECITATION",   "IMAGE_PROHIBITED_CONTENT",
                                                    "MODEL_ARMOR",  "JAILBREAK"};
/// The model's output could not be made into an answer; another try may be.
constexpr std::array<std::string_view, 5> broken{"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                                                 "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
                                                 "MALFORMED_RESPONSE"};

template <std::size_t n>
bool holds(const std::array<std::string_view, n>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string_view finish_reason_of(std::string_view native, bool has_calls) {
  if (native == "MAX_TOKENS") return "length";
  if (holds(filtered, native)) return "content_filter";
  return has_calls ? "tool_calls" : "stop";
}

void append_text(json::object& delta, std::string_view field, std::string_view text) {
  auto& place = delta[field];
  if (!place.is_string()) place = "";
  place.get_string().append(text);
}

/// Words after which a candidate says all it had to say; "" and unknown words need content to count as an answer.
bool is_known_end(std::string_view native) {
  return native == "STOP" || native == "MAX_TOKENS" || holds(filtered, native);
}

void show_logprobs(json::array& logprobs, json::object& choice) {
  if (logprobs.empty()) return;
  choice["logprobs"] = json::object{{"content", std::move(logprobs)}, {"refusal", nullptr}};
  logprobs = json::array();
}

std::int64_t index_of(const json::object& candidate) {
  const auto* index = find_member(candidate, "index");
  return index != nullptr && index->is_int64() ? std::clamp<std::int64_t>(index->get_int64(), 0, 1'000) : 0;
}

}  // namespace

std::optional<json::object> GeminiAnswer::read(const json::object& response) {
  if (id_.empty()) id_ = string_member(response, "responseId");
  if (const auto model = string_member(response, "modelVersion"); !model.empty()) model_ = model;
  if (auto usage = read_gemini_usage(response)) usage_ = usage;
  if (const auto* feedback = find_member(response, "promptFeedback"); feedback != nullptr && feedback->is_object()) {
    if (const auto reason = string_member(feedback->get_object(), "blockReason"); !reason.empty()) {
      block_reason_ = reason;
      block_message_ = string_member(feedback->get_object(), "blockReasonMessage");
    }
  }
  const auto* candidates = find_member(response, "candidates");
  if (candidates == nullptr || !candidates->is_array()) return std::nullopt;
  json::array choices;
  for (const auto& candidate : candidates->get_array()) {
    if (!candidate.is_object()) continue;
    const auto index = index_of(candidate.get_object());
    auto delta = read_candidate(candidate.get_object(), choices_[index], index);
    if (delta.empty()) continue;
    json::object choice{{"index", index}, {"delta", std::move(delta)}, {"finish_reason", nullptr}};
    show_logprobs(choices_[index].logprobs, choice);
    choices.push_back(std::move(choice));
  }
  if (choices.empty()) return std::nullopt;
  return chunk(std::move(choices));
}

json::object GeminiAnswer::read_candidate(const json::object& candidate, Choice& choice, std::int64_t index) {
  json::object delta;
  const auto* content = find_member(candidate, "content");
  const auto* parts =
      content != nullptr && content->is_object() ? find_member(content->get_object(), "parts") : nullptr;
  if (parts != nullptr && parts->is_array()) {
    for (const auto& part : parts->get_array()) {
      if (part.is_object()) read_part(part.get_object(), choice, index, delta);
    }
  }
  for (const auto& [name, value] : candidate) {
    if (name == "content" || name == "index") continue;
    if (name == "finishReason" && value.is_string())
      choice.finish = value.get_string();
    else if (name == "finishMessage" && value.is_string())
      choice.finish_message = value.get_string();
    else if (name == "logprobsResult" && value.is_object())
      append_logprobs(value.get_object(), choice.logprobs);
    else
      choice.annotations[name] = value;
  }
  if (delta.empty() || choice.has_role) return delta;
  choice.has_role = true;
  json::object first{{"role", "assistant"}};
  for (auto& [name, value] : delta) first[name] = std::move(value);
  return first;
}

void GeminiAnswer::read_part(const json::object& part, Choice& choice, std::int64_t index, json::object& delta) {
  const auto* call = find_member(part, "functionCall");
  if (call != nullptr && call->is_object()) return read_call(part, call->get_object(), choice, index, delta);
  if (const auto* signature = find_member(part, "thoughtSignature")) choice.extra["thought_signature"] = *signature;
  const auto* text = find_member(part, "text");
  if (text != nullptr && text->is_string()) {
    if (text->get_string().empty()) return;
    const auto* thought = find_member(part, "thought");
    const bool is_thought = thought != nullptr && *thought == true;
    append_text(delta, is_thought ? "reasoning_content" : "content", text->get_string());
    if (!is_thought) choice.has_content = true;
    return;
  }
  const auto* blob = find_member(part, "inlineData");
  const auto media_type =
      blob != nullptr && blob->is_object() ? string_member(blob->get_object(), "mimeType") : std::string_view();
  if (media_type.starts_with("image/")) {
    const auto url = fmt::format("data:{};base64,{}", media_type, string_member(blob->get_object(), "data"));
    choice.images.push_back(json::object{{"type", "image_url"}, {"image_url", json::object{{"url", url}}}});
    choice.has_content = true;
  } else if (part.size() > (part.contains("thoughtSignature") ? 1u : 0u)) {
    auto& others = choice.extra["parts"];
    if (!others.is_array()) others = json::array();
    others.get_array().push_back(part);
    choice.has_content = true;
  }
}

void GeminiAnswer::read_call(const json::object& part, const json::object& call, Choice& choice, std::int64_t index,
                             json::object& delta) {
  const auto ordinal = choice.calls++;
  choice.has_content = true;
  std::string id(string_member(call, "id"));
  if (id.empty()) {
    id = fmt::format("{}{}_{}_{}", made_call_id_prefix, id_.empty() ? frame_.fallback_id : id_, index, ordinal);
  }
  const auto* arguments = find_member(call, "args");
  json::object function{
      {"name", string_member(call, "name")},
      {"arguments", arguments != nullptr && arguments->is_object() ? json::serialize(*arguments) : "{}"}};
  json::object made{{"index", ordinal}, {"id", id}, {"type", "function"}, {"function", std::move(function)}};
  if (const auto* signature = find_member(part, "thoughtSignature")) {
    made["extra_content"] = json::object{{"google", json::object{{"thought_signature", *signature}}}};
  }
  auto& calls = delta["tool_calls"];
  if (!calls.is_array()) calls = json::array();
  calls.get_array().push_back(std::move(made));
}

json::object GeminiAnswer::chunk(json::array choices) const {
  return {{"id", id_.empty() ? frame_.fallback_id : id_},
          {"object", "chat.completion.chunk"},
          {"created", frame_.created},
          {"model", model_.empty() ? frame_.model : model_},
          {"choices", std::move(choices)}};
}

bool GeminiAnswer::is_ended() const {
  if (choices_.empty()) return !block_reason_.empty();
  return std::ranges::all_of(choices_, [](const auto& entry) { return !entry.second.finish.empty(); });
}

bool GeminiAnswer::is_complete() const { return is_ended() && (choices_.empty() || choices_.size() >= frame_.choices); }

std::optional<gateway::ProviderFailure> GeminiAnswer::fault() const {
  const auto is_usable = [](const Choice& choice) {
    if (holds(broken, choice.finish)) return false;
    return choice.has_content || is_known_end(choice.finish);
  };
  if (choices_.empty() && !block_reason_.empty()) return std::nullopt;
  if (std::ranges::any_of(choices_, [&](const auto& entry) { return is_usable(entry.second); })) return std::nullopt;
  gateway::ProviderFailure failure;
  failure.error.code = ErrorCode::UpstreamFailed;
  failure.is_retryable = true;
  failure.may_be_billed = true;
  failure.usage = usage_;
  failure.provider_request = id();
  if (choices_.empty()) {
    failure.error.message = fmt::format("the provider {} answered without a candidate", frame_.provider);
    return failure;
  }
  const auto& choice = choices_.begin()->second;
  failure.code = choice.finish;
  failure.error.message =
      fmt::format("the provider {} stopped without a usable answer ({}){}{}", frame_.provider,
                  choice.finish.empty() ? "no reason" : choice.finish, choice.finish_message.empty() ? "" : ": ",
                  utf8_prefix(choice.finish_message, 300));
  return failure;
}

json::object GeminiAnswer::finish_choice(Choice& choice, std::int64_t index) {
  json::object delta;
  if (!choice.has_role) delta["role"] = "assistant";
  if (!choice.images.empty()) delta["images"] = std::move(choice.images);
  if (!choice.extra.empty()) delta["extra_content"] = json::object{{"google", std::move(choice.extra)}};
  json::object last{{"index", index},
                    {"delta", std::move(delta)},
                    {"finish_reason", finish_reason_of(choice.finish, choice.calls > 0)}};
  if (!choice.finish.empty()) last["native_finish_reason"] = choice.finish;
  show_logprobs(choice.logprobs, last);
  if (!choice.annotations.empty()) last["extra_content"] = json::object{{"google", std::move(choice.annotations)}};
  return last;
}

std::vector<json::object> GeminiAnswer::finish() {
  std::vector<json::object> chunks;
  json::array last;
  for (auto& [index, choice] : choices_) last.push_back(finish_choice(choice, index));
  if (last.empty() && !block_reason_.empty()) {
    json::object delta{{"role", "assistant"}};
    if (!block_message_.empty()) delta["refusal"] = block_message_;
    last.push_back(json::object{{"index", 0},
                                {"delta", std::move(delta)},
                                {"finish_reason", "content_filter"},
                                {"native_finish_reason", block_reason_}});
  }
  if (!last.empty()) chunks.push_back(chunk(std::move(last)));
  if (usage_) {
    auto usage = chunk({});
    usage["usage"] = render_usage(*usage_);
    chunks.push_back(std::move(usage));
  }
  return chunks;
}

gateway::ProviderResult read_gemini_answer(const json::object& response, GeminiFrame frame) {
  GeminiAnswer answer(std::move(frame));
  auto body = answer.read(response);
  if (auto failure = answer.fault()) return std::unexpected(std::move(*failure));
  auto ends = answer.finish();
  std::map<std::int64_t, json::object> deltas, logprobs;
  if (body) {
    for (auto& item : body->at("choices").get_array()) {
      auto& choice = item.get_object();
      const auto index = choice.at("index").get_int64();
      deltas[index] = std::move(choice.at("delta").get_object());
      if (auto* shown = choice.if_contains("logprobs")) logprobs[index] = std::move(shown->get_object());
    }
  }
  gateway::ProviderAnswer whole;
  whole.body = std::move(ends.front());
  whole.body["object"] = "chat.completion";
  for (auto& item : whole.body.at("choices").get_array()) {
    auto& choice = item.get_object();
    json::object message{{"role", "assistant"}, {"content", nullptr}};
    for (auto* part : {&deltas[choice.at("index").get_int64()], &choice.at("delta").get_object()}) {
      for (auto& [name, value] : *part) message[name] = std::move(value);
    }
    if (auto* calls = message.if_contains("tool_calls")) {
      for (auto& call : calls->get_array()) call.get_object().stable_erase("index");
    }
    auto& shown = logprobs[choice.at("index").get_int64()];
    if (!shown.empty()) choice["logprobs"] = std::move(shown);
    choice["message"] = std::move(message);
    choice.stable_erase("delta");
  }
  if (answer.usage()) whole.body["usage"] = render_usage(*answer.usage());
  whole.usage = answer.usage();
  whole.provider_model = answer.model();
  whole.provider_request = answer.id();
  return whole;
}

}  // namespace millwright::extensions
