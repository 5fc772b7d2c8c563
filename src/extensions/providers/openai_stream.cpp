#include "extensions/providers/openai_stream.hpp"

#include <algorithm>

#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_wire.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t held_max = 64;  // a server that says nothing so often is passed on as it is

bool is_empty(const json::value& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty()) ||
         (value.is_array() && value.get_array().empty()) || (value.is_object() && value.get_object().empty());
}

bool says_something(const json::value& choice) {
  if (!choice.is_object()) return false;
  const auto* finish = find_member(choice.get_object(), "finish_reason");
  if (finish != nullptr && !finish->is_null()) return true;
  const auto* delta = find_member(choice.get_object(), "delta");
  if (delta == nullptr || !delta->is_object()) return false;
  return std::ranges::any_of(delta->get_object(),
                             [](const auto& member) { return member.key() != "role" && !is_empty(member.value()); });
}

/// Whether a client learns something of the answer itself from it.
bool says_something(const json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  const auto* usage = find_member(chunk, "usage");
  if (choices == nullptr || !choices->is_array()) return true;  // of a shape this build does not know
  if (choices->get_array().empty()) return usage != nullptr && usage->is_object();
  return std::ranges::any_of(choices->get_array(), [](const json::value& choice) { return says_something(choice); });
}

}  // namespace

std::expected<void, gateway::ProviderFailure> OpenAiStream::feed(const io::sse::Event& event,
                                                                 std::vector<json::object>& chunks) {
  if (is_finished_) return {};
  if (event.data == "[DONE]") {
    is_finished_ = true;
    release(chunks);
    if (!last_usage_.empty()) chunks.push_back(std::move(last_usage_));
    return {};
  }
  auto chunk = parse_json_object(event.data, {}, JsonMemory::Pooled);
  if (!chunk) return std::unexpected(failure_of_transport(std::move(chunk.error())));
  const auto* error = find_member(*chunk, "error");
  const bool has_error = error != nullptr && !error->is_null();
  if (has_error || string_member(*chunk, "object") == "error" || has_failed_choice(*chunk)) {
    note_usage(*chunk);
    return std::unexpected(failure_of_openai(502, event.data, provider_));
  }
  note(*chunk);
  if (usage_place_ == StreamUsage::WithChoices) keep_usage(*chunk);
  if (!has_begun_) {
    if (!says_something(*chunk) && held_.size() < held_max) {
      held_.push_back(std::move(*chunk));
      return {};
    }
    release(chunks);
  }
  mend(*chunk);
  chunks.push_back(std::move(*chunk));
  return {};
}

void OpenAiStream::release(std::vector<json::object>& chunks) {
  has_begun_ = true;
  for (auto& chunk : held_) {
    mend(chunk);
    chunks.push_back(std::move(chunk));
  }
  held_.clear();
}

void OpenAiStream::note_usage(const json::object& chunk) {
  if (auto usage = read_openai_usage(chunk)) answer_.usage = usage;
}

void OpenAiStream::note(const json::object& chunk) {
  note_usage(chunk);
  if (answer_.provider_model.empty()) answer_.provider_model = string_member(chunk, "model");
  if (const auto tier = string_member(chunk, "service_tier"); !tier.empty()) answer_.service_tier = tier;
  if (!id_.empty()) return;
  id_ = string_member(chunk, "id");
  if (const auto* created = find_member(chunk, "created"); created != nullptr && created->is_int64()) {
    created_ = created->get_int64();
  }
  answer_.provider_request = id_;
}

void OpenAiStream::keep_usage(json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  const bool has_choices = choices != nullptr && choices->is_array() && !choices->get_array().empty();
  const auto* x_groq = find_member(chunk, "x_groq");
  auto* usage = chunk.if_contains("usage");
  const auto* found = usage;
  if (x_groq != nullptr && x_groq->is_object()) {
    if (const auto* inner = find_member(x_groq->get_object(), "usage"); found == nullptr || found->is_null())
      found = inner;
  }
  if (found == nullptr || !found->is_object()) return;
  if (!has_choices) {
    last_usage_.clear();   // it stands alone, as it should
    return;
  }
  last_usage_ = {{"id", id_}, {"object", "chat.completion.chunk"}, {"created", created_},
                 {"model", answer_.provider_model}, {"choices", json::array()}, {"usage", *found}};
  if (usage != nullptr) chunk.stable_erase("usage");
}

void OpenAiStream::mend(json::object& chunk) {
  if (string_member(chunk, "id").empty() && !id_.empty()) {
    chunk["id"] = id_;
    chunk["object"] = "chat.completion.chunk";
    chunk["created"] = created_;
    if (string_member(chunk, "model").empty()) chunk["model"] = answer_.provider_model;
  }
  auto* choices = chunk.if_contains("choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (auto& choice : choices->get_array()) {
    if (!choice.is_object()) continue;
    auto* delta = choice.get_object().if_contains("delta");
    if (delta == nullptr || delta->is_null()) choice.get_object()["delta"] = json::object();
    mending_.mend_choice(choice.get_object());
  }
}

}  // namespace millwright::extensions
