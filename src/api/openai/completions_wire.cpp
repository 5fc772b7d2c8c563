#include "api/openai/completions_wire.hpp"

#include <algorithm>
#include <array>

#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t prompts_max = 32;
constexpr std::int64_t choices_max = 16;

const json::value* find_set(const json::object& body, std::string_view name) {
  const auto* value = find_member(body, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<void> read_prompts(CompletionsRequest& request, const json::object& body) {
  const auto* prompt = find_set(body, "prompt");
  if (prompt == nullptr) return field_error("prompt", "prompt must be a string or a list of strings");
  if (prompt->is_string()) {
    request.prompts.emplace_back(prompt->get_string());
    return {};
  }
  if (!prompt->is_array()) return field_error("prompt", "prompt must be a string or a list of strings");
  const auto& list = prompt->get_array();
  if (list.empty()) return field_error("prompt", "prompt must not be empty");
  if (list.size() > prompts_max && list.front().is_string()) {
    return field_error("prompt", fmt::format("at most {} prompts are taken at once", prompts_max));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_string()) {
      return field_error(fmt::format("prompt[{}]", i),
                         "a prompt must be text: tokens of one model mean nothing to another");
    }
    request.prompts.emplace_back(list[i].get_string());
  }
  return {};
}

std::unexpected<Error> cannot(std::string_view field, std::string_view why) {
  return field_error(std::string(field), fmt::format("{} {}", field, why));
}

Result<void> refuse_foreign(const json::object& body) {
  if (const auto* suffix = find_set(body, "suffix"); suffix != nullptr && *suffix != "") {
    return cannot("suffix", "cannot be had of a chat model");
  }
  if (find_set(body, "logprobs") != nullptr)
    return cannot("logprobs", "are not given for completions; use chat completions");
  if (find_set(body, "messages") != nullptr) return cannot("messages", "is a field of chat completions");
  const auto* best = find_set(body, "best_of");
  const auto* n = find_set(body, "n");
  if (best != nullptr && *best != (n == nullptr ? json::value(1) : *n)) {
    return cannot("best_of", "must equal n: no chat model says which of its answers is best");
  }
  return {};
}

Result<void> read_flag(const json::object& body, std::string_view name, bool& flag) {
  const auto* value = find_set(body, name);
  if (value == nullptr) return {};
  if (!value->is_bool()) return field_error(std::string(name), fmt::format("{} must be true or false", name));
  flag = value->get_bool();
  return {};
}

Result<void> read_numbers(CompletionsRequest& request, const json::object& body) {
  for (const auto& [name, most] : {std::pair{"n", choices_max}, std::pair{"max_tokens", std::int64_t{100'000'000}}}) {
    const auto* value = find_set(body, name);
    if (value == nullptr) continue;
    if (!value->is_int64() || value->get_int64() < 1 || value->get_int64() > most) {
      return field_error(name, fmt::format("{} must be a whole number from 1 to {}", name, most));
    }
    request.chat[name] = *value;
    if (std::string_view(name) == "n") request.choices = value->get_int64();
  }
  return {};
}

}  // namespace

Result<CompletionsRequest> parse_completions_request(json::object body) {
  CompletionsRequest request;
  request.model = string_member(body, "model");
  if (request.model.empty()) return field_error("model", "model must name a use case or a model");
  if (auto refused = refuse_foreign(body); !refused) return pass(refused);
  if (auto read = read_prompts(request, body); !read) return pass(read);
  if (auto read = read_numbers(request, body); !read) return pass(read);
  if (auto read = read_flag(body, "stream", request.is_streamed); !read) return pass(read);
  if (auto read = read_flag(body, "echo", request.echoes); !read) return pass(read);
  if (const auto* options = find_set(body, "stream_options")) {
    if (!options->is_object()) return field_error("stream_options", "stream_options must be an object");
    if (!request.is_streamed) return field_error("stream_options", "stream_options is only for streams");
    if (auto read = read_flag(options->get_object(), "include_usage", request.wants_usage); !read) return pass(read);
  }
  constexpr std::array<std::string_view, 8> taken{"model", "prompt", "suffix",     "best_of",
                                                  "echo",  "n",      "max_tokens", "logprobs"};
  for (const auto& member : body) {
    if (std::ranges::find(taken, std::string_view(member.key())) != taken.end() || member.value().is_null()) continue;
    request.chat[member.key()] = member.value();
  }
  request.chat["model"] = request.model;
  return request;
}

json::object chat_of(const CompletionsRequest& request, std::size_t prompt) {
  json::object chat = request.chat;
  chat["messages"] = json::array{json::object{{"role", "user"}, {"content", request.prompts[prompt]}}};
  return chat;
}

json::array CompletionChoices::read(const json::object& answer) {
  json::array made;
  const auto* choices = find_member(answer, "choices");
  if (choices == nullptr || !choices->is_array()) return made;
  for (const auto& value : choices->get_array()) {
    if (!value.is_object()) continue;
    const auto& choice = value.get_object();
    const auto* number = find_member(choice, "index");
    const auto index = number != nullptr && number->is_int64()
                           ? std::clamp<std::int64_t>(number->get_int64(), 0, choices_max)
                           : std::int64_t{0};
    const auto* said = find_member(choice, "message");
    const bool is_whole = said != nullptr;
    if (!is_whole) said = find_member(choice, "delta");
    std::string text;
    if (said != nullptr && said->is_object()) {
      text = string_member(said->get_object(), "content");
      text += string_member(said->get_object(), "refusal");
    }
    const auto* finish = find_member(choice, "finish_reason");
    const bool is_finished = finish != nullptr && finish->is_string();
    if (text.empty() && !is_finished && !is_whole) continue;
    if (request_.echoes) {
      has_echoed_.resize(std::max(has_echoed_.size(), static_cast<std::size_t>(index) + 1));
      if (!has_echoed_[static_cast<std::size_t>(index)]) text = request_.prompts[prompt_] + text;
      has_echoed_[static_cast<std::size_t>(index)] = true;
    }
    made.push_back(json::object{{"text", std::move(text)},
                                {"index", static_cast<std::int64_t>(prompt_) * request_.choices + index},
                                {"logprobs", nullptr},
                                {"finish_reason", is_finished ? *finish : json::value(nullptr)}});
  }
  return made;
}

json::object completion_frame(const json::object& answer, std::string_view id, json::array choices) {
  json::object made{{"id", id}, {"object", "text_completion"}};
  for (const auto& member : answer) {
    const std::string_view name = member.key();
    if (name != "id" && name != "object" && name != "choices" && name != "usage") made[name] = member.value();
  }
  made["choices"] = std::move(choices);
  return made;
}

void add_usage(json::object& sum, const json::object& more) {
  for (const auto& member : more) {
    auto& value = sum[member.key()];
    if (member.value().is_object()) {
      if (!value.is_object()) value = json::object();
      add_usage(value.get_object(), member.value().get_object());
    } else if (value.is_int64() && member.value().is_int64()) {
      value = value.get_int64() + member.value().get_int64();
    } else if (value.is_null()) {
      value = member.value();
    }
  }
}

}  // namespace millwright::api::openai
